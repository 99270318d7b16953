// Is the registry's content where the inventory says? An inventory that was not brought up to date after a move would
// make the old copy the source, and the final delta would remove from the live storage all that is newer.

import type { StorageEntry } from '../contracts/inventory.ts';
import type { RegistryState } from '../contracts/registry-activities.ts';
import { storageVolumeOf } from './storage-volume.ts';

/** Volumes that a replica made for itself; a registry on one of them names no `storageVolume` in its settings. */
const OWN_VOLUME = /(^|\/)dtr-registry-/;

/** Does what the registry says of its storage fit the entry? A directory of the worker can be told by the driver only. */
export function usesStorage(
  { driver, fields, volume }: RegistryState['storage'],
  entry: StorageEntry,
): boolean {
  if (entry.kind === 's3')
    return (
      driver === 's3' &&
      (['bucket', 'region', 'regionendpoint', 'rootdirectory'] as const).every(
        (name) => withoutSlashes(fields[name]) === withoutSlashes(entry[name]),
      )
    );
  if (driver !== 'filesystem') return false;
  const expected = storageVolumeOf(entry);
  if (expected === null) return true;
  return volume === '' ? OWN_VOLUME.test(expected) : volume === expected;
}

/** What stops a migration from `source` to `destination` because the registry is elsewhere, as sentences. */
export function judgePlaces(
  storage: RegistryState['storage'],
  source: { name: string; entry: StorageEntry },
  destination: { name: string; entry: StorageEntry },
): string[] {
  const place = `the driver "${storage.driver}"${storage.volume === '' ? '' : `, volume "${storage.volume}"`}${Object.entries(
    storage.fields,
  )
    .map(([name, value]) => `, ${name} ${value}`)
    .join('')}`;
  const findings: string[] = [];
  if (!usesStorage(storage, source.entry))
    findings.push(
      `The registry stores its content by ${place}, which is not the storage "${source.name}" that the inventory names.`,
    );
  if (destination.entry.kind !== 'filesystem' && usesStorage(storage, destination.entry))
    findings.push(`The registry uses the destination "${destination.name}" already: ${place}.`);
  return findings;
}

/** An absent field and an empty one are the same, and so is a root directory with slashes around it. */
const withoutSlashes = (value: unknown): string =>
  typeof value === 'string' ? value.replaceAll(/^\/+|\/+$/g, '') : '';
