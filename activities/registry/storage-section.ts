// The `storage` section of `/admin/settings/registry` (dtr-msr.md §3.6, §5.1): which driver it names, and how the
// section of an S3 destination is made from the inventory. GET masks secrets, so nothing that a GET said of a driver is
// ever sent back.

import type { S3StorageEntry, SecretRef } from '../../contracts/inventory.ts';
import type { RegistryState } from '../../contracts/registry-activities.ts';
import { usesStorage } from '../../domain/registry-place.ts';
import { TransshipError } from '../../domain/transship-error.ts';

/** Keys of the section beside the driver's. */
const COMMON_KEYS = ['delete', 'maintenance', 'redirect', 'cache', 'tag'];

/** What is known to be no secret; a field that no list of ours knows could be one. */
const SHOWN_FIELDS = new Set([
  ...['rootdirectory', 'maxthreads', 'bucket', 'region', 'regionendpoint', 'prefix', 'endpoint'],
  ...['v4auth', 'v2auth', 'secure', 'skipverify', 'insecureskipverify', 'encrypt', 'internal', 'ssl'],
  ...['chunksize', 'storageclass', 'accelerate'],
  ...['accountname', 'container', 'realm'],
  ...['authurl', 'tenant', 'tenantid', 'domain', 'domainid', 'endpointtype', 'authversion'],
]);

type Section = Record<string, unknown>;

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
export function showsDestination(section: Section, destination: S3StorageEntry): boolean {
  return usesStorage({ ...describeStorage(section), volume: '' }, destination);
}

/** The section with S1's fields in place of the old driver's; everything common is kept. */
export async function sectionFor(
  current: Section,
  destination: S3StorageEntry,
  resolveSecret: (ref: SecretRef) => Promise<string>,
): Promise<Section> {
  const common = Object.fromEntries(Object.entries(current).filter(([key]) => COMMON_KEYS.includes(key)));
  const secret = async (ref: SecretRef | undefined): Promise<string> =>
    ref === undefined ? '' : await resolveSecret(ref);
  const { bucket, region, regionendpoint, rootdirectory, v4auth, secure, skipverify, rootca } = destination;
  return {
    ...common,
    s3: {
      rootdirectory,
      region,
      regionendpoint: regionendpoint ?? '',
      bucket,
      accesskey: await secret(destination.accesskey),
      secretkey: await secret(destination.secretkey),
      v4auth,
      secure,
      skipverify,
      // No public source names this key (dtr-msr.md §10), hence only sent where it is needed.
      ...(rootca === undefined ? {} : { rootca: await resolveSecret(rootca) }),
    },
  };
}
