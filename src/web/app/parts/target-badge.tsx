import { setApp, useApp } from "../state/store.ts";

/** Where uploads go; a click changes it. The sandbox is striped: nothing of it is real. */
export function TargetBadge() {
  const { state } = useApp();
  if (!state) return null;
  const { target } = state;
  const isSandbox = target.kind === "sandbox";
  const isReady = isSandbox || target.problem === null;
  return (
    <button
      type="button"
      class={`target ${isSandbox ? "is-sandbox" : isReady ? "is-service" : "is-unready"}`}
      title={isSandbox ? "A practice Qualtrics on this computer" : (target.host ?? "")}
      onClick={() => setApp({ dialog: "target" })}
    >
      <span class="hidden">Uploads go to: </span>
      {targetName(state.target)} <span aria-hidden="true">▾</span>
    </button>
  );
}

/** In a few words. */
function targetName(target: NonNullable<ReturnType<typeof useApp>["state"]>["target"]): string {
  if (target.kind === "sandbox") return "Sandbox";
  if (target.host === null) return "Where to?";
  return target.libraryName ?? target.library ?? target.host;
}
