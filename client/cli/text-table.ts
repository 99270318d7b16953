// A table in plain text, for people.

const GAP = '  ';

/** `right`: the columns that hold numbers. Without line breaks at the end. */
export function textTable(head: string[], rows: string[][], right: number[] = []): string {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) =>
          right.includes(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
        )
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
}
