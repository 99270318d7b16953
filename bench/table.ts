// The figures as the Markdown table that docs/performance.md shows.

import type { Row } from './bench.ts';

export type Measured = { title: string; rows: Row[] };

const seconds = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} s`;

const lineOf = (row: Row): string =>
  [
    row.what,
    seconds(row.oursSeconds),
    row.peer,
    seconds(row.peerSeconds),
    `**${row.ratio.toFixed(2)}**`,
    `≤ ${row.target.toFixed(2)}`,
    row.ratio <= row.target ? 'yes' : 'no',
    row.peakMiB === null ? '' : `${Math.round(row.peakMiB)} MiB`,
  ].join(' | ');

export const tableOf = (measured: Measured[]): string =>
  measured
    .map(({ title, rows }) =>
      [
        `### ${title}\n`,
        '| What | Transship | Peer | Peer takes | Ratio | Wanted | Met | Our memory |',
        '|---|---|---|---|---|---|---|---|',
        ...rows.map((row) => `| ${lineOf(row)} |`),
        '',
      ].join('\n'),
    )
    .join('\n');
