import type { SheetDocument } from "../../../open/sheet-api.ts";
import { post } from "../state/ask-server.ts";
import { report, takeSheet } from "../state/change-sheet.ts";
import { isRunning, useApp } from "../state/store.ts";
import { Choice } from "./choice.tsx";

/** Which sheet of a workbook is read; nothing where there is one alone. */
export function WorkbookSheet() {
  const data = useApp();
  const { sheet, isGone } = data;
  if (!sheet?.workbook) return null;
  const { sheets, read } = sheet.workbook;
  const none = read === null ? [["", "Choose one…"] as const] : [];
  const choose = async (name: string, select: HTMLSelectElement) => {
    try {
      takeSheet(await post<SheetDocument>("sheet", { name }));
    } catch (error) {
      select.value = read ?? "";
      report(error);
    }
  };
  return (
    <label class="field is-inline">
      <span>Sheet</span>
      <Choice
        value={read ?? ""}
        disabled={isGone || isRunning(data)}
        options={[...none, ...sheets.map((name) => [name, name] as const)]}
        choose={(name, select) => void choose(name, select)}
      />
    </label>
  );
}
