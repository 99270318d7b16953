// The section `storage` of a registry's configuration, which DTR has from Distribution: which driver it names, and what is
// known to be no secret in it.

import type { RegistryState } from '../../contracts/registry-activities.ts';
import { STORAGE_KINDS } from '../../domain/storage/storage-kinds.ts';
import { TransshipError } from '../../domain/transship-error.ts';

export type Section = Record<string, unknown>;

/** Keys of the section beside the driver's. */
export const COMMON_KEYS = ['delete', 'maintenance', 'redirect', 'cache', 'tag'];

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
