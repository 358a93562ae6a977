import { useState } from "preact/hooks";
import type { StateDocument } from "../../../open/run-api.ts";
import type { Refusal } from "../../../open/sheet-api.ts";
import type { Libraries } from "../../../report/account.ts";
import { post, Refused } from "../state/ask-server.ts";
import { report } from "../state/change-sheet.ts";
import { fetchPlan, takeState } from "../state/live.ts";
import { say, useApp } from "../state/store.ts";

/** What is typed into the dialog. */
interface TargetFields {
  kind: "sandbox" | "service";
  host: string;
  token: string;
  library: string;
  keep: boolean;
}

/** Which field a refusal is about, by its code. */
export function fieldOf({ code }: Refusal["error"]): "host" | "token" | "library" | "all" {
  if (/HOST|ADDRESS|URL|CONNECT|UNREACHABLE|DNS/.test(code)) return "host";
  if (/TOKEN|UNAUTHORIZED|FORBIDDEN|CREDENTIAL/.test(code)) return "token";
  return /LIBRARY/.test(code) ? "library" : "all";
}

/** The dialog's fields, and its one button: it checks, then lets a library be chosen, then uses it. */
export function useTargetForm(onClose: () => void) {
  const target = useApp().state?.target;
  const service = target?.kind === "service" ? target : null;
  const [fields, setFields] = useState<TargetFields>({
    kind: target?.kind ?? "sandbox",
    host: service?.host ?? "",
    token: "",
    library: service?.library ?? "",
    keep: true,
  });
  const [libraries, setLibraries] = useState<Libraries["libraries"] | null>(null);
  const [error, setError] = useState<Refusal["error"] | null>(service?.problem ?? null);
  const [isBusy, setBusy] = useState(false);
  const isSandbox = fields.kind === "sandbox";
  const needsLibraries = !isSandbox && libraries === null;

  const set = (change: Partial<TargetFields>) => {
    setFields({ ...fields, ...change });
    if ("host" in change || "token" in change) setLibraries(null);
  };
  const check = async () => {
    const found = await post<Libraries>("libraries", requestOf(fields));
    setLibraries(found.libraries);
    const isThere = found.libraries.some(({ libraryId }) => libraryId === fields.library);
    if (!isThere) setFields({ ...fields, library: found.libraries[0]?.libraryId ?? "" });
  };
  const use = async () => {
    const body = isSandbox
      ? { kind: "sandbox" }
      : { ...requestOf(fields), library: fields.library, keep: fields.keep };
    await takeState(await post<StateDocument>("target", body));
    say(isSandbox ? "Uploads go to the sandbox" : "Uploads go to this library");
    onClose();
    await fetchPlan();
  };
  const submit = async () => {
    setBusy(true);
    setError(null);
    try {
      await (needsLibraries ? check() : use());
    } catch (thrown) {
      if (thrown instanceof Refused) setError(thrown.error);
      else report(thrown);
    }
    setBusy(false);
  };
  const hasToken = service?.hasToken ?? false;
  return { fields, set, libraries, error, isBusy, needsLibraries, submit, hasToken };
}

function requestOf({ host, token }: TargetFields) {
  return { kind: "service", host, ...(token !== "" && { token }) };
}
