import type { Move } from "./selection.ts";

/** What a key asks for, in a grid whose cell is not being edited. */
type Command =
  | { do: "move"; how: Move; extends: boolean }
  | { do: "type"; text: string }
  | { do: Named };

/** Commands that need no more said. */
export type Named =
  | "edit"
  | "clear"
  | "remove-rows"
  | "fill-down"
  | "select-all"
  | "undo"
  | "redo"
  | "find"
  | "replace"
  | "save"
  | "next-problem"
  | "repair"
  | "large-picture"
  | "keys"
  | "leave";

/** What is read of a key's event. */
export type Key = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

const MOVES: Readonly<Record<string, readonly [plain: Move, withCtrl: Move]>> = {
  ArrowUp: ["up", "first"],
  ArrowDown: ["down", "last"],
  ArrowLeft: ["left", "row-start"],
  ArrowRight: ["right", "row-end"],
  Home: ["row-start", "grid-start"],
  End: ["row-end", "grid-end"],
  PageUp: ["page-up", "first"],
  PageDown: ["page-down", "last"],
};

const PLAIN: Readonly<Record<string, Named>> = {
  Enter: "edit",
  F2: "edit",
  Delete: "clear",
  Backspace: "clear",
  " ": "large-picture",
  "?": "keys",
  Escape: "leave",
};

/** Keys that act wherever the focus is on the sheet's screen. */
const EVERYWHERE: Readonly<Record<string, Named>> = {
  f: "find",
  h: "replace",
  s: "save",
};

const WITH_CTRL: Readonly<Record<string, Named>> = {
  a: "select-all",
  d: "fill-down",
  y: "redo",
  z: "undo",
  Delete: "remove-rows",
  Backspace: "remove-rows",
};

/** The command of a key on a cell; undefined: the browser's own. Copy and paste come as their own events. */
export function commandOf(event: Key): Command | undefined {
  const { key, shiftKey, altKey } = event;
  const isCtrl = event.ctrlKey || event.metaKey;
  if (altKey && !isCtrl) return key === "Enter" ? { do: "repair" } : undefined;
  const moves = MOVES[key];
  if (moves) return { do: "move", how: moves[isCtrl ? 1 : 0], extends: shiftKey };
  if (isCtrl) return ctrlCommand(key, shiftKey);
  const named = PLAIN[key];
  if (named) return { do: named };
  return [...key].length === 1 ? { do: "type", text: key } : undefined;
}

function ctrlCommand(key: string, shiftKey: boolean): Command | undefined {
  const small = key.length === 1 ? key.toLowerCase() : key;
  if (small === "z" && shiftKey) return { do: "redo" };
  const named = WITH_CTRL[small];
  return named && { do: named };
}

/** The command of a key anywhere on the sheet's screen. */
export function screenCommandOf(event: Key): Named | undefined {
  if (event.key === "F8") return "next-problem";
  const isCtrl = event.ctrlKey || event.metaKey;
  return isCtrl && !event.altKey ? EVERYWHERE[event.key.toLowerCase()] : undefined;
}
