/** Rows that belong together, under the text that makes them so. */
export interface Group<Row> {
  label: string;
  members: Row[];
}

/** Groups by a text, in the order of each group's first row; neighbours or not. */
export function groupRows<Row>(rows: readonly Row[], labelOf: (row: Row) => string): Group<Row>[] {
  const groups = new Map<string, Group<Row>>();
  for (const row of rows) {
    const label = labelOf(row);
    const group = groups.get(label);
    if (group) group.members.push(row);
    else groups.set(label, { label, members: [row] });
  }
  return [...groups.values()];
}
