// The cells of the matrix: every version of which the table of recipes speaks, by each path, from each storage that the
// vendor's documents know to each other one. What a cell came to stands in docs/reference/matrix.json.

import type { MigrationPath } from '../../contracts/names.ts';
import type { StorageChoice } from '../estate/lab-config.ts';

export type Cell = { version: string; path: MigrationPath; from: StorageChoice; to: MatrixStorage };

/**
 * `moved`: under a pusher, with the worker killed twice, and everything was pulled from the new storage alone.
 * `refused`: before anything was changed, with this reason.
 */
export type CellResult = { outcome: 'moved'; pushes: number } | { outcome: 'refused'; reason: string };

/** By `keyOf`, so that a run of some cells leaves the others as they are. */
export type MatrixResults = Record<string, CellResult>;

/** One of each row of the table of recipes. */
export const VERSIONS = ['2.6.3', '2.6.5', '2.6.7', '2.7.9', '2.8.13', '2.9.29', '2.10.0'] as const;
export const PATHS: readonly MigrationPath[] = ['best-practice', 'read-only'];
export const SOURCES = ['volume', 'bind', 'nfs', 's3'] as const satisfies readonly StorageChoice[];
export type MatrixStorage = 'volume' | 'nfs' | 's3';
export const DESTINATIONS: readonly MatrixStorage[] = ['volume', 'nfs', 's3'];

export const CELLS: readonly Cell[] = VERSIONS.flatMap((version) =>
  PATHS.flatMap((path) => SOURCES.flatMap((from) => DESTINATIONS.map((to) => ({ version, path, from, to })))),
);

export const keyOf = ({ version, path, from, to }: Cell): string => `${version} ${path} ${from} ${to}`;
