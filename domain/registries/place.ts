// Is the registry's content where the inventory says? An inventory that was not brought up to date after a move would
// make the old copy the source, and the final delta would remove from the live storage all that is newer.

import type { StorageEntry } from '../../contracts/inventory.ts';
import type { RegistryState } from '../../contracts/registry-activities.ts';
import { type CloudEntry, isCloud, kindOf } from '../storage/storage-kinds.ts';
import { nfsStorageOf, storageVolumeOf } from './dtr/storage-volume.ts';

type Fields = RegistryState['storage']['fields'];

/** Volumes that a replica made for itself; a registry on one of them names no `storageVolume` in its settings. */
const OWN_VOLUME = /(^|\/)dtr-registry-/;
/** The volume of an export in both documented spellings (dtr-msr.md §5.2); the settings name the export instead. */
const OWN_NFS_VOLUME = /(^|\/)(dtr-registry-nfs|dtr-nfs-registry)-/;
const NFS_URL = /^nfs:\/\/([^/]+)(\/.*)$/;

/** Does what the registry says of its storage fit the entry? A directory of the worker can be told by the driver only. */
export function usesStorage(
  { driver, fields, volume }: RegistryState['storage'],
  entry: StorageEntry,
): boolean {
  if (entry.kind === 'filesystem') return driver === 'filesystem';
  if (isCloud(entry)) return driver === entry.kind && isSamePlace(fields, entry);
  if (driver !== 'filesystem') return false;
  const onExport = withoutSlashes(fields['nfsHost']) !== '';
  const nfs = nfsStorageOf(entry);
  if (nfs !== null) return onExport && isSameExport(fields, nfs.url);
  const expected = storageVolumeOf(entry);
  if (expected === null) return true;
  if (onExport || OWN_NFS_VOLUME.test(expected)) return onExport && OWN_NFS_VOLUME.test(expected);
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

function isSamePlace(fields: Fields, entry: CloudEntry): boolean {
  const expected = entry as Record<string, unknown>;
  const { place, defaults } = kindOf(entry);
  const placeOf = (value: unknown, name: string): string => withoutSlashes(value) || (defaults[name] ?? '');
  return (
    place.every((name) => placeOf(fields[name], name) === placeOf(expected[name], name)) &&
    isSameAccount(fields['username'], expected['username'])
  );
}

/** Users of tempauth are called `ACCOUNT:USER`, and each account has containers of its own. */
function isSameAccount(shown: unknown, expected: unknown): boolean {
  const [said, meant] = [shown, expected].map((name) =>
    typeof name === 'string' ? /^([^:]*):/.exec(name)?.[1] : undefined,
  );
  return said === undefined || meant === undefined || said === meant;
}

function isSameExport(fields: Fields, url: string): boolean {
  const [, host, path] = NFS_URL.exec(url) ?? [];
  return (
    withoutSlashes(fields['nfsHost']) === withoutSlashes(host) &&
    withoutSlashes(fields['nfsPath']) === withoutSlashes(path)
  );
}

/** An absent field and an empty one are the same, and so is a root directory with slashes around it. */
const withoutSlashes = (value: unknown): string =>
  typeof value === 'string' ? value.replaceAll(/^\/+|\/+$/g, '') : '';
