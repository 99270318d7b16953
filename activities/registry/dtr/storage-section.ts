// The `storage` section of `/admin/settings/registry` (dtr-msr.md §3.6, §5.1): which driver it names, and what is known
// to be no secret in it. GET masks secrets, so nothing that a GET said of a driver is ever sent back.

import type { StorageEntry } from '../../../contracts/inventory.ts';
import type { RegistryState } from '../../../contracts/registry-activities.ts';
import { STORAGE_KINDS } from '../../../domain/storage/storage-kinds.ts';
import { usesDirectory } from '../../../domain/registries/dtr/place.ts';
import { usesStorage } from '../../../domain/registries/place.ts';
import { TransshipError } from '../../../domain/transship-error.ts';

export type Section = Record<string, unknown>;

/** Keys of the section beside the driver's. */
const COMMON_KEYS = ['delete', 'maintenance', 'redirect', 'cache', 'tag'];

/** What is known to be no secret, also of drivers that are no kind of ours; any other field could be one. */
const SHOWN_FIELDS = new Set<string>([
  ...Object.values(STORAGE_KINDS).flatMap(({ shown }) => shown),
  ...['endpoint', 'internal', 'ssl'],
]);

/** Only fields that are no secrets. `RegistryRefused` if it names no driver or several. */
export function describeStorage(section: Section): Omit<RegistryState['storage'], 'volume'> {
  const [driver, ...others] = Object.keys(section).filter((key) => !COMMON_KEYS.includes(key));
  if (driver === undefined || others.length > 0)
    throw new TransshipError(
      'RegistryRefused',
      `The registry's storage settings name ${driver === undefined ? 'no driver' : 'several drivers'}.`,
    );
  const fields = Object.entries((section[driver] ?? {}) as Section).filter(
    (field): field is [string, string | number | boolean] =>
      SHOWN_FIELDS.has(field[0]) && ['string', 'number', 'boolean'].includes(typeof field[1]),
  );
  return { driver, fields: Object.fromEntries(fields) };
}

/** Does the section say that content is stored in this destination? */
export function showsDestination(section: Section, destination: StorageEntry): boolean {
  return usesStorage({ usesDirectory }, { ...describeStorage(section), volume: '' }, destination);
}

/** The section with another driver in the old one's place; everything common is kept. */
export function withDriver(current: Section, driver: Section): Section {
  const common = Object.fromEntries(Object.entries(current).filter(([key]) => COMMON_KEYS.includes(key)));
  return { ...common, ...driver };
}
