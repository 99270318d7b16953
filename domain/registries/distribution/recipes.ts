// Where a version of Distribution can keep its content: the drivers of each, from its own documentation and source. A version
// or destination without a row fails closed, with what to do instead.

import type { StorageEntry, StorageKind } from '../../../contracts/inventory.ts';
import type { MigrationPath } from '../../../contracts/names.ts';
import type { Recipe } from '../../../contracts/plan.ts';
import { TransshipError } from '../../transship-error.ts';

/** The one way in which Distribution is told: the section `storage` of its configuration, and a restart. */
export const BY_CONFIGURATION = 'configuration';

type Row = {
  major: number;
  storages: readonly StorageKind[];
  source: string;
};

const ROWS: readonly Row[] = [
  {
    major: 2,
    storages: ['filesystem', 'host', 's3', 'azure', 'gcs', 'swift'],
    source: 'docs of Distribution 2.8, "Configuring a registry": storage, maintenance/readonly',
  },
  {
    major: 3,
    // Without swift and oss (release notes of 3.0.0).
    storages: ['filesystem', 'host', 's3', 'azure', 'gcs'],
    source: 'docs of Distribution 3, "Configuring a registry": storage, maintenance/readonly',
  },
];

const NO_SWIFT =
  'Distribution 3 has no driver for Swift any more. Move it to another storage, or stay on Distribution 2.';

/** Versions that cannot be moved although they have the driver. */
const REFUSALS: readonly { versions: RegExp; storage: StorageKind; problem: string }[] = [
  {
    versions: /^3\.1\.[01](?!\d)/,
    storage: 's3',
    problem:
      'lists only some of the tags that lie in S3 (of 1.2 and 1.20 only the first; distribution/distribution#4891), so that nobody could tell whether all have come along. Upgrade to 3.1.2 first.',
  },
];

/** `3.1.2+unknown` and `2.8.2+ds1` → 3 and 2; undefined unless it begins with a number. */
export const majorOf = (version: string): number | undefined => {
  const [, major] = /^v?(\d+)\./.exec(version) ?? [];
  return major === undefined ? undefined : Number(major);
};

const rowOf = (version: string): Row | undefined => ROWS.find(({ major }) => major === majorOf(version));

/** By its documentation; how it was built is another question. */
export const hasDriver = (version: string, storage: StorageKind): boolean =>
  rowOf(version)?.storages.includes(storage) === true;

/** `UnsupportedVersion` when no row is known to be safe. */
export function chooseRecipe(
  version: string,
  from: StorageEntry,
  to: StorageEntry,
  path: MigrationPath,
): Recipe {
  const refuse = (problem: string): never => {
    throw new TransshipError('UnsupportedVersion', problem, { version, destination: to.kind, path });
  };
  if (path !== 'read-only')
    refuse(
      `Distribution keeps nothing outside its storage that could be backed up and restored, so there is no ${path} path. Take the read-only path.`,
    );
  const row = rowOf(version);
  if (row === undefined)
    return refuse(
      `No safe recipe is known for Distribution ${version}. Versions 2 and 3 are known; upgrade it first, or move its storage by hand.`,
    );
  if (!row.storages.includes(to.kind))
    refuse(
      `Distribution ${version} has no driver for a storage of kind "${to.kind}". ${to.kind === 'swift' ? NO_SWIFT : ''}`.trim(),
    );
  for (const { versions, storage, problem } of REFUSALS)
    if (versions.test(version) && [from.kind, to.kind].includes(storage))
      refuse(`Distribution ${version} ${problem}`);
  return {
    switch: BY_CONFIGURATION,
    back: row.storages.includes(from.kind) ? BY_CONFIGURATION : null,
    afterBringUp: null,
    collectsReadOnly: true,
    source: row.source,
  };
}
