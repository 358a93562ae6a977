import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

interface MenuItem {
  title: string;
  /** The key that does the same. */
  key: string;
  isOff: boolean;
  act(): unknown;
}

interface MenuProps {
  title: string;
  items: readonly MenuItem[];
  isOpen: boolean;
  setOpen(isOpen: boolean): void;
}

/** A button that opens a list of commands; arrows go through it, Esc closes it. */
export function Menu({ title, items, isOpen, setOpen }: MenuProps) {
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!isOpen) return;
    const onOutside = ({ target }: Event) => {
      if (!root.current?.contains(target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", onOutside);
    document.addEventListener("focusin", onOutside);
    return () => {
      document.removeEventListener("pointerdown", onOutside);
      document.removeEventListener("focusin", onOutside);
    };
  }, [isOpen]);
  useLayoutEffect(() => {
    if (isOpen) root.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus();
  }, [isOpen]);
  const close = () => {
    setOpen(false);
    root.current?.querySelector("button")?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (event.key === "Escape") close();
    else if (step === 0) return;
    else focusBy(root.current, step);
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the menu within
    <div class="menu" ref={root} onKeyDown={isOpen ? onKeyDown : undefined}>
      <button
        type="button"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {title} <span aria-hidden="true">▾</span>
      </button>
      {isOpen && (
        <div role="menu" aria-label={title} class="menu-items">
          {items.map(({ title: name, key, isOff, act }) => (
            <button
              key={name}
              type="button"
              role="menuitem"
              tabIndex={-1}
              disabled={isOff}
              aria-keyshortcuts={key.replace("Ctrl", "Control")}
              onClick={() => {
                close();
                void act();
              }}
            >
              {name} <kbd>{key}</kbd>
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function focusBy(root: HTMLElement | null, step: number): void {
  const items = [...(root?.querySelectorAll<HTMLElement>("[role=menuitem]:enabled") ?? [])];
  const at = items.indexOf(document.activeElement as HTMLElement);
  items.at((at + step + items.length) % items.length)?.focus();
}
