import type { ViewColumn } from "./columns.ts";

/** The row of headers, which stays at the top. */
export function ColumnHeaders({ columns }: { columns: readonly ViewColumn[] }) {
  return (
    <div role="rowgroup" class="grid-head">
      <div role="row" class="row" aria-rowindex={1}>
        {columns.map((column, at) => (
          <div
            key={column.key}
            role="columnheader"
            class={`cell ${column.about ?? column.field ?? "own"}`}
            aria-colindex={at + 1}
            title={column.header}
          >
            <span class={column.index === null && column.about === null ? "text ghost" : "text"}>
              {column.header}
            </span>
          </div>
        ))}
      </div>
    </div>
  );
}
