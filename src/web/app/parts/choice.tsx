import type { JSX } from "preact";

interface ChoiceProps
  extends Pick<
    JSX.IntrinsicElements["select"],
    "value" | "required" | "disabled" | "aria-describedby"
  > {
  /** The value of each, and what is shown for it. */
  options: readonly (readonly [value: string, text: string])[];
  choose(value: string, select: HTMLSelectElement): void;
}

/** A list to choose one from. */
export function Choice({ options, choose, ...select }: ChoiceProps) {
  return (
    <select
      {...select}
      onChange={({ currentTarget }) => choose(currentTarget.value, currentTarget)}
    >
      {options.map(([value, text]) => (
        <option key={value} value={value}>
          {text}
        </option>
      ))}
    </select>
  );
}
