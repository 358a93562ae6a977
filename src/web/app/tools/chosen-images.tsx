import { useRef } from "preact/hooks";
import { formatBytes, plural } from "../../../report/units.ts";
import { postBytes } from "../state/ask-server.ts";

interface ChosenImagesProps {
  files: readonly File[];
  choose(files: readonly File[]): void;
}

/** A button that chooses image files, and those that are chosen. */
export function ChosenImages({ files, choose }: ChosenImagesProps) {
  const input = useRef<HTMLInputElement>(null);
  const size = files.reduce((sum, file) => sum + file.size, 0);
  return (
    <>
      <input
        ref={input}
        id="add-files"
        class="hidden"
        type="file"
        accept="image/png,image/jpeg,image/gif"
        multiple
        tabIndex={-1}
        aria-label="Images"
        onChange={({ currentTarget }) => choose([...(currentTarget.files ?? [])])}
      />
      <p>
        <button type="button" onClick={() => input.current?.click()}>
          Choose images…
        </button>
      </p>
      {files.length > 0 && (
        <>
          <ul class="files">
            {files.slice(0, 6).map(({ name, size: bytes }) => (
              <li key={name}>
                <bdi>{name}</bdi> <span class="soft">{formatBytes(bytes)}</span>
              </li>
            ))}
          </ul>
          <p class="soft">
            {files.length > 6 && `and ${files.length - 6} more; `}
            {plural(files.length, "image")}, {formatBytes(size)}
          </p>
        </>
      )}
    </>
  );
}

/** Said where files were dropped and none of them is an image. */
export const NO_IMAGES = "Only PNG, JPEG and GIF files can be dropped here";

/** The images among files that were dropped. */
export function imagesAmong(files: Iterable<File>): readonly File[] {
  return [...files].filter(({ type }) => type.startsWith("image/"));
}

/** Copies files to the server, one after another: the disk is the bottleneck, and an error then names one file. */
export async function copyAll(
  files: readonly File[],
  paths: string[],
  tell: (done: number) => void,
): Promise<void> {
  for (const file of files) {
    tell(paths.length);
    const address = `pictures?name=${encodeURIComponent(file.name)}`;
    paths.push((await postBytes<{ path: string }>(address, file)).path);
  }
}
