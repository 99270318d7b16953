// A table in plain text, for people: each cell in one line, with nothing hidden in it.

import { laidOut } from '../../domain/text/plain-text.ts';

const GAP = '  ';

/** `right`: the columns that hold numbers. Without line breaks at the end. */
export function textTable(head: string[], cells: string[][], right: number[] = []): string {
  const rows = cells.map((row) => row.map(laidOut));
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
