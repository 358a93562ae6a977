import type { SheetDocument } from "../../../open/sheet-api.ts";
import { post } from "../state/ask-server.ts";
import { report, takeSheet } from "../state/change-sheet.ts";
import { isRunning, useApp } from "../state/store.ts";

/** Which sheet of a workbook is read; nothing where there is one alone. */
export function WorkbookSheet() {
  const data = useApp();
  const { sheet, isGone } = data;
  if (!sheet?.workbook) return null;
  const { sheets, read } = sheet.workbook;
  const choose = async (select: HTMLSelectElement) => {
    const name = sheets[select.selectedIndex - (read === null ? 1 : 0)];
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
      <select
        value={read ?? ""}
        disabled={isGone || isRunning(data)}
        onChange={({ currentTarget }) => void choose(currentTarget)}
      >
        {read === null && <option value="">Choose one…</option>}
        {sheets.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
