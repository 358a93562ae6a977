import { Dialog } from "../parts/dialog.tsx";

const KEYS: readonly (readonly [what: string, keys: readonly (readonly [string, string])[]])[] = [
  [
    "Move and select",
    [
      ["Arrows", "next cell"],
      ["Home, End", "first, last column"],
      ["PgUp, PgDn", "a screen up, down"],
      ["Ctrl + arrow, Home, End", "to the edge"],
      ["Shift + any of these", "select as you go"],
      ["Ctrl+A", "select all"],
      ["Esc, Tab", "leave the table"],
    ],
  ],
  [
    "Edit",
    [
      ["Enter or F2", "edit the cell"],
      ["Any letter", "replace what is in it"],
      ["Enter, Tab", "done, go down or right"],
      ["Shift+Enter", "line break in the cell"],
      ["Esc", "leave the cell as it was"],
      ["Delete", "clear the cells"],
      ["Ctrl+D", "fill down"],
      ["Ctrl+C, Ctrl+X, Ctrl+V", "copy, cut, paste"],
      ["Ctrl+Delete", "remove the rows"],
    ],
  ],
  [
    "Everything else",
    [
      ["Ctrl+Z, Ctrl+Y", "undo, redo"],
      ["Ctrl+F, Ctrl+H", "find, replace"],
      ["F8", "next problem"],
      ["Alt+Enter", "repair it"],
      ["Space", "see the image large"],
      ["Ctrl+S", "save"],
      ["?", "this list"],
    ],
  ],
];

/** The keys of the grid. */
export function KeysDialog({ onClose }: { onClose(): void }) {
  return (
    <Dialog title="Keys" onClose={onClose} isWide>
      <div class="keys">
        {KEYS.map(([what, keys]) => (
          <section key={what}>
            <h3>{what}</h3>
            <dl>
              {keys.map(([key, does]) => (
                <div key={key}>
                  <dt>
                    <kbd>{key}</kbd>
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p class="soft">On a Mac, ⌘ works in place of Ctrl.</p>
    </Dialog>
  );
}
