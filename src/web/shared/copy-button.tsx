/** Copies `text` where `listenForCopies` runs; `what` it is and of whose are for the one who listens. */
export function CopyButton({ text, what, name }: { text: string; what: string; name: string }) {
  return (
    <button type="button" class="copy" data-copy={text}>
      copy {what}
      <span class="hidden"> of {name}</span>
    </button>
  );
}
