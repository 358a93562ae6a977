const DONE_MS = 1500;

/** Copies what a button of `CopyButton` holds once it is clicked; `say` gets the words for the page's status. */
export function listenForCopies(say: (words: string) => void): void {
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("button") : null;
    const text = button?.dataset.copy;
    if (button && text) void copy(button, text, text, say);
  });
}

/** Copies `text` for the button that was clicked, and says so by `what` it is. */
export async function copy(
  button: HTMLButtonElement,
  text: string,
  what: string,
  say: (words: string) => void,
): Promise<void> {
  const isDone = await copyText(text);
  button.focus();
  button.classList.toggle("done", isDone);
  say(isDone ? `copied ${what}` : "the browser does not let the page copy");
  setTimeout(() => button.classList.remove("done"), DONE_MS);
}

/** A page that was opened as a file may not have the clipboard, but may copy what is selected. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const isDone = document.execCommand("copy");
    area.remove();
    return isDone;
  }
}
