// Is the registry's content where the inventory says? An inventory that was not brought up to date after a move would
// make the old copy the source, and the final delta would remove from the live storage all that is newer.

import type { RegistryEntry, StorageEntry } from '../../contracts/inventory.ts';
import type { Finding } from '../../contracts/finding.ts';
import type { RegistryState } from '../../contracts/registry-activities.ts';
import { stops } from '../finding.ts';
import { withoutSlashes } from '../storage/slashes.ts';
import { type CloudEntry, isCloud, kindOf } from '../storage/storage-kinds.ts';
import type { RegistryProduct } from './product.ts';

type Fields = RegistryState['storage']['fields'];

/** Does what the registry says of its storage fit the entry? */
export function usesStorage(
  product: Pick<RegistryProduct<RegistryEntry>, 'usesDirectory'>,
  storage: RegistryState['storage'],
  entry: StorageEntry,
): boolean {
  const { driver, fields } = storage;
  if (isCloud(entry)) return driver === entry.kind && isSamePlace(fields, entry);
  return product.usesDirectory(storage, entry);
}

/** Where a registry says that its content is, for people. */
export const placeWords = ({ driver, volume, fields }: RegistryState['storage']): string =>
  [
    `the driver "${driver}"`,
    ...(volume === '' ? [] : [`volume "${volume}"`]),
    ...Object.entries(fields).map(([name, value]) => `${name} ${value}`),
  ].join(', ');

/** What stops a migration from `source` to `destination` because the registry is elsewhere; null: it is to go nowhere. */
export function judgePlaces(
  product: Pick<RegistryProduct<RegistryEntry>, 'usesDirectory'>,
  storage: RegistryState['storage'],
  source: { name: string; entry: StorageEntry },
  destination: { name: string; entry: StorageEntry } | null,
): Finding[] {
  const place = placeWords(storage);
  const findings: Finding[] = [];
  if (!usesStorage(product, storage, source.entry))
    findings.push(
      stops(
        `The registry stores its content by ${place}, which is not the storage "${source.name}" that the inventory names.`,
        'If it was moved, set its "storage" to where it is, in the inventory of every worker; else mend the fields of that storage.',
      ),
    );
  if (
    destination !== null &&
    destination.entry.kind !== 'filesystem' &&
    usesStorage(product, storage, destination.entry)
  )
    findings.push(
      stops(
        `The registry uses the destination "${destination.name}" already: ${place}.`,
        'Name another destination; after a migration, make this one the storage of the registry in the inventory.',
      ),
    );
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
