import { fileNameOf } from "../state/sheet.ts";

/** A path of which the file's name stays in sight when there is little room. */
export function PathText({ path }: { path: string }) {
  const file = fileNameOf(path);
  return (
    <span class="text path-text" title={path}>
      <span class="directory">{path.slice(0, path.length - file.length)}</span>
      <span class="file">{file}</span>
    </span>
  );
}
