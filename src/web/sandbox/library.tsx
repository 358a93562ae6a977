import type { VNode } from "preact";
import { formatBytes, plural } from "../../report/units.ts";
import type { Graphic } from "../../sandbox/store.ts";
import { CopyButton } from "../shared/copy-button.tsx";
import { typeName } from "../shared/type-name.ts";

/** A folder of one library, with what lies in it. */
interface Folder {
  libraryId: string;
  folder: string;
  graphics: Graphic[];
}

/** The folders of all libraries, in the order they came to be. */
export function foldersOf(graphics: readonly Graphic[]): Folder[] {
  const folders = new Map<string, Folder>();
  for (const graphic of graphics) {
    const { libraryId, folder } = graphic;
    const key = keyOf(graphic);
    const found = folders.get(key) ?? { libraryId, folder, graphics: [] };
    found.graphics.push(graphic);
    folders.set(key, found);
  }
  return [...folders.values()];
}

function keyOf({ libraryId, folder }: Pick<Graphic, "libraryId" | "folder">): string {
  return JSON.stringify([libraryId, folder]);
}

/** What the sandbox holds, by folder. */
export function Library({ folders }: { folders: readonly Folder[] }) {
  return (
    <section aria-labelledby="library-title">
      <h2 id="library-title">Folders and pictures</h2>
      {folders.length === 0 && (
        <p class="empty">nothing here yet: upload to this address and it appears</p>
      )}
      {folders.map((one) => (
        <section key={keyOf(one)} class="folder">
          <h3>
            <bdi>{one.folder}</bdi>{" "}
            <span class="soft">
              {plural(one.graphics.length, "image")} in {one.libraryId}
            </span>
          </h3>
          {/* biome-ignore lint/a11y/noRedundantRoles: a list without bullets is no list to some screen readers */}
          <ul class="pictures" role="list">
            {one.graphics.map(drawOnce)}
          </ul>
        </section>
      ))}
    </section>
  );
}

/** By id: a graphic never changes, and what is the same element is not compared again. */
const drawn = new Map<string, VNode>();

function drawOnce(graphic: Graphic): VNode {
  const picture = drawn.get(graphic.id) ?? <Picture key={graphic.id} graphic={graphic} />;
  drawn.set(graphic.id, picture);
  return picture;
}

function Picture({ graphic: { id, name, contentType, bytes } }: { graphic: Graphic }) {
  const url = `/ControlPanel/Graphic.php?IM=${encodeURIComponent(id)}`;
  return (
    <li class="card picture">
      <a class="shot" href={url}>
        <img alt={name} loading="lazy" src={url} />
      </a>
      <p class="name" dir="auto">
        {name}
      </p>
      <p class="soft">
        {typeName(contentType)} · {formatBytes(bytes)}
      </p>
      <p>
        <code>{id}</code> <CopyButton text={id} what="id" name={name} />
      </p>
    </li>
  );
}
