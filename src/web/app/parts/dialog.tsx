import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";

interface DialogProps {
  title: string;
  /** Called when it closes, by Esc too. */
  onClose(): void;
  children: ComponentChildren;
  /** The buttons at its foot, the one to go on with last. */
  actions?: ComponentChildren;
  isWide?: boolean;
}

/** A dialog before the page; the focus stays in it, and goes back where it was. */
export function Dialog({ title, onClose, children, actions, isWide }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={isWide ? "dialog is-wide" : "dialog"}
      aria-labelledby={titleId}
      onClose={onClose}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <header>
        <h2 id={titleId}>{title}</h2>
        <button type="button" class="icon" aria-label="Close" onClick={onClose}>
          ✕
        </button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keys too */}
      <div class="dialog-body" role="group" aria-labelledby={titleId} tabIndex={0}>
        {children}
      </div>
      {actions && <footer>{actions}</footer>}
    </dialog>
  );
}

interface DecisionProps {
  onCancel(): void;
  /** Words of the button that goes on. */
  children: ComponentChildren;
  onGo?(): void;
  /** The form that it sends, in place of `onGo`. */
  form?: string;
  disabled?: boolean;
  isDangerous?: boolean;
}

/** The two buttons of a dialog that asks: Cancel, and the one that goes on. */
export function Decision({ onCancel, children, onGo, form, disabled, isDangerous }: DecisionProps) {
  return (
    <>
      <button type="button" onClick={onCancel}>
        Cancel
      </button>
      <button
        type={form === undefined ? "button" : "submit"}
        form={form}
        class={isDangerous ? "danger" : "primary"}
        disabled={disabled}
        onClick={onGo}
      >
        {children}
      </button>
    </>
  );
}
