import { useLayoutEffect, useRef } from "preact/hooks";
import type { Editing } from "./editing.ts";
import { screenCommandOf } from "./keys.ts";

/** The field in a cell that is being edited. Several lines stay several lines. */
export function CellEditor({ editing, label }: { editing: Editing; label: string }) {
  const area = useRef<HTMLTextAreaElement>(null);
  const isOver = useRef(false);
  useLayoutEffect(() => {
    area.current?.focus({ preventScroll: true });
    area.current?.setSelectionRange(editing.text.length, editing.text.length);
  }, []);
  const end = (text: string | null, then: Parameters<Editing["end"]>[1]) => {
    if (isOver.current) return;
    isOver.current = true;
    editing.end(text, then);
  };
  const onKeyDown = (event: KeyboardEvent & { currentTarget: HTMLTextAreaElement }) => {
    const { value } = event.currentTarget;
    // Saving and the like take along what is being typed.
    if (screenCommandOf(event)) return end(value, "stay");
    event.stopPropagation();
    if (event.isComposing) return;
    if (event.key === "Escape") end(null, "stay");
    else if (event.key === "Enter" && !event.shiftKey) end(value, "down");
    else if (event.key === "Tab") end(value, event.shiftKey ? "left" : "right");
    else return;
    event.preventDefault();
  };
  return (
    <textarea
      ref={area}
      class="editor"
      aria-label={label}
      rows={1}
      spellcheck={false}
      defaultValue={editing.text}
      onKeyDown={onKeyDown}
      onBlur={({ currentTarget }) => end(currentTarget.value, "stay")}
    />
  );
}
