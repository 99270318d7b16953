// How each version of Distribution is told of a storage of the inventory: the driver's settings, with the secrets of this
// moment. What the versions name otherwise stands here and nowhere else.

import type { SecretRef, StorageEntry } from '../../../contracts/inventory.ts';
import { pathOf } from '../../../domain/registries/distribution/place.ts';
import { majorOf } from '../../../domain/registries/distribution/recipes.ts';
import { isCloud } from '../../../domain/storage/storage-kinds.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { Section } from '../describe-storage.ts';
import { driverSection } from '../driver-section.ts';

/** It takes the CAs of its machine, and has no field for another. */
const NO_FIELDS = ['rootca'];

/** What a version wants beside the fields of all of them. */
const ADDITIONS: Record<number, Partial<Record<string, (settings: Section) => Section>>> = {
  3: {
    // Buckets of other servers than Amazon's have no names of their own; version 2 knew that by the endpoint.
    s3: ({ regionendpoint }) => (given(regionendpoint) ? { forcepathstyle: true } : {}),
    // Without it version 3 ends in a panic.
    azure: () => ({ credentials: { type: 'shared_key' } }),
  },
};

/** E.g. `{ s3: { bucket, … } }`. `InvalidInput` for a directory that has no path. */
export async function driverSettings(
  entry: StorageEntry,
  version: string,
  resolve: (ref: SecretRef) => Promise<string>,
): Promise<Section> {
  if (!isCloud(entry)) {
    const rootdirectory = pathOf(entry);
    if (rootdirectory !== undefined) return { filesystem: { rootdirectory } };
    throw new TransshipError('InvalidInput', 'Distribution can be told of a directory by its path alone.');
  }
  const [[driver, settings]] = Object.entries(await driverSection(entry, resolve)) as [[string, Section]];
  const added = ADDITIONS[majorOf(version) ?? 0]?.[driver]?.(settings) ?? {};
  const all = Object.entries({ ...settings, ...added });
  return {
    [driver]: Object.fromEntries(all.filter(([name, value]) => given(value) && !NO_FIELDS.includes(name))),
  };
}

const given = (value: unknown): boolean => value !== undefined && value !== '';
