// The cells of the matrix: every version of which a table of recipes speaks, by each of its paths, from each storage that
// its documents know to each other one. What a cell came to stands in docs/reference/matrix.json.

import type { MigrationPath } from '../../contracts/names.ts';
import type { RegistryChoice, StorageChoice } from '../estate/lab-config.ts';

export type MatrixStorage = 'volume' | 'nfs' | 's3' | 'azure' | 'gcs' | 'swift';

export type Cell = {
  registry: RegistryChoice;
  version: string;
  path: MigrationPath;
  from: StorageChoice;
  to: MatrixStorage;
};

/**
 * `moved`: under a pusher, with the worker killed twice, and everything was pulled from the new storage alone.
 * `refused`: with this reason, and everything was as before.
 */
export type CellResult = { outcome: 'moved'; pushes: number } | { outcome: 'refused'; reason: string };

/** By `keyOf`, so that a run of some cells leaves the others as they are. */
export type MatrixResults = Record<string, CellResult>;

export type MatrixPart = {
  registry: RegistryChoice;
  /** As people know it. */
  title: string;
  /** One of each row of its table of recipes. */
  versions: readonly string[];
  paths: readonly MigrationPath[];
  sources: readonly StorageChoice[];
  destinations: readonly MatrixStorage[];
};

export const PARTS: readonly MatrixPart[] = [
  {
    registry: 'dtr',
    title: 'DTR and MSR',
    versions: ['2.6.3', '2.6.5', '2.6.7', '2.7.9', '2.8.13', '2.9.29', '2.10.0'],
    paths: ['best-practice', 'read-only'],
    sources: ['volume', 'bind', 'nfs', 's3'],
    destinations: ['volume', 'nfs', 's3'],
  },
  {
    registry: 'distribution',
    title: 'Distribution',
    versions: ['2.8', '3.1.2'],
    paths: ['read-only'],
    // A path is a path to it: a folder of its machine, or where an export is mounted.
    sources: ['volume', 'nfs', 's3'],
    destinations: ['volume', 'nfs', 's3', 'azure', 'gcs', 'swift'],
  },
];

export const cellsOf = ({ registry, versions, paths, sources, destinations }: MatrixPart): Cell[] =>
  versions.flatMap((version) =>
    paths.flatMap((path) =>
      sources.flatMap((from) => destinations.map((to) => ({ registry, version, path, from, to }))),
    ),
  );

export const CELLS: readonly Cell[] = PARTS.flatMap(cellsOf);

export const keyOf = ({ registry, version, path, from, to }: Cell): string =>
  `${registry} ${version} ${path} ${from} ${to}`;
