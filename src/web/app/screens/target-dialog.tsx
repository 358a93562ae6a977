import type { ComponentChildren } from "preact";
import type { Refusal } from "../../../open/sheet-api.ts";
import { sentence } from "../grid/problems.ts";
import { Choice } from "../parts/choice.tsx";
import { Decision, Dialog } from "../parts/dialog.tsx";
import { fieldOf, useTargetForm } from "./use-target-form.ts";

/** Where uploads go: the sandbox, or a library of the service. The token is only ever sent, never shown. */
export function TargetDialog({ onClose }: { onClose(): void }) {
  const form = useTargetForm(onClose);
  const { fields, set, error, isBusy, needsLibraries, submit } = form;
  const isSandbox = fields.kind === "sandbox";
  const label = needsLibraries ? "Check" : isSandbox ? "Use the sandbox" : "Use this library";
  const choose = (kind: "sandbox" | "service") => set({ kind });
  return (
    <Dialog
      title="Where do uploads go?"
      onClose={onClose}
      actions={
        <Decision onCancel={onClose} form="target" disabled={isBusy}>
          {isBusy ? "Checking…" : label}
        </Decision>
      }
    >
      <form
        id="target"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <fieldset class="tiles">
          <legend class="hidden">Where to</legend>
          <Kind is="sandbox" kind={fields.kind} choose={choose} title="Sandbox">
            A practice Qualtrics on this computer. No account needed; nothing leaves it.
          </Kind>
          <Kind is="service" kind={fields.kind} choose={choose} title="Qualtrics">
            Your library. You need an API token.
          </Kind>
        </fieldset>
        {!isSandbox && <ServiceFields form={form} />}
        {error && fieldOf(error) === "all" && <FieldError error={error} />}
      </form>
    </Dialog>
  );
}

function ServiceFields({ form }: { form: ReturnType<typeof useTargetForm> }) {
  const { fields, set, libraries, error, hasToken } = form;
  const at = error && fieldOf(error);
  return (
    <>
      <Field label="Data center" error={at === "host" ? error : null}>
        <input
          value={fields.host}
          required
          placeholder="fra1.qualtrics.com"
          autocomplete="off"
          spellcheck={false}
          aria-invalid={at === "host" || undefined}
          onInput={({ currentTarget }) => set({ host: currentTarget.value })}
        />
      </Field>
      <Field label="API token" error={at === "token" ? error : null}>
        <input
          type="password"
          value={fields.token}
          required={!hasToken}
          placeholder={hasToken ? "Kept; leave empty to use it" : ""}
          autocomplete="off"
          aria-invalid={at === "token" || undefined}
          onInput={({ currentTarget }) => set({ token: currentTarget.value })}
        />
      </Field>
      <p class="soft">
        In Qualtrics: Account settings, Qualtrics IDs. The token goes to qgfx on this computer and
        to Qualtrics, nowhere else.
      </p>
      {libraries && (
        <Field label="Library" error={at === "library" ? error : null}>
          <Choice
            value={fields.library}
            options={libraries.map(({ libraryId, libraryName }) => [
              libraryId,
              `${libraryName} (${libraryId})`,
            ])}
            choose={(library) => set({ library })}
          />
        </Field>
      )}
      <label class="check">
        <input
          type="checkbox"
          checked={fields.keep}
          onChange={({ currentTarget }) => set({ keep: currentTarget.checked })}
        />
        <span>Remember on this computer, for you alone</span>
      </label>
    </>
  );
}

interface KindProps {
  is: "sandbox" | "service";
  kind: string;
  choose(kind: "sandbox" | "service"): void;
  title: string;
  children: string;
}

function Kind({ is, kind, choose, title, children }: KindProps) {
  return (
    <label class="tile">
      <input type="radio" name="kind" checked={kind === is} onChange={() => choose(is)} />
      <span class="tile-text">
        <b>{title}</b>
        <span class="soft">{children}</span>
      </span>
    </label>
  );
}

interface FieldProps {
  label: string;
  error: Refusal["error"] | null;
  children: ComponentChildren;
}

function Field({ label, error, children }: FieldProps) {
  return (
    <>
      <label class="field">
        <span>{label}</span>
        {children}
      </label>
      {error && <FieldError error={error} />}
    </>
  );
}

function FieldError({ error: { message, hint } }: { error: Refusal["error"] }) {
  return (
    <p class="is-error">
      ✗ {sentence(message)} {hint !== null && sentence(hint)}
    </p>
  );
}
