// How the registry is told of each kind of cloud storage: the driver's part of the `storage` section, made from the
// inventory. The names are those of the driver's own fields (S1, dtr-msr.md §5.1).

import type { SecretRef } from '../../contracts/inventory.ts';
import type { CloudEntry } from '../../domain/storage/storage-kinds.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Section } from './describe-storage.ts';

type Of<Kind extends CloudEntry['kind']> = Extract<CloudEntry, { kind: Kind }>;
type Resolve = (ref: SecretRef) => Promise<string>;

const DRIVERS: { [Kind in CloudEntry['kind']]: (entry: Of<Kind>, resolve: Resolve) => Promise<Section> } = {
  s3: async (entry, resolve) => ({
    rootdirectory: entry.rootdirectory,
    region: entry.region,
    regionendpoint: entry.regionendpoint ?? '',
    bucket: entry.bucket,
    accesskey: entry.accesskey === undefined ? '' : await resolve(entry.accesskey),
    secretkey: entry.secretkey === undefined ? '' : await resolve(entry.secretkey),
    v4auth: entry.v4auth,
    secure: entry.secure,
    skipverify: entry.skipverify,
    // No public source names this key (dtr-msr.md §10), hence only sent where it is needed.
    ...(entry.rootca === undefined ? {} : { rootca: await resolve(entry.rootca) }),
  }),

  azure: async (entry, resolve) => ({
    accountname: entry.accountname,
    accountkey: await resolve(entry.accountkey),
    container: entry.container,
    realm: entry.realm,
    // Fields of Distribution 3 that no document of DTR names: only sent where they are needed.
    ...given(entry, 'serviceurl', 'rootdirectory'),
  }),

  gcs: async (entry, resolve) => ({
    bucket: entry.bucket,
    rootdirectory: entry.rootdirectory,
    // The driver's `keyfile` is a path in the registry's container, where nobody can be asked to put a file within the
    // window; `credentials` is the file's content (Distribution 2.7 and later). No document of DTR names either of them
    // (dtr-msr.md §5.1, "informative, not exact for DTR"). Without a key it takes the credentials of its machine.
    ...(entry.keyfile === undefined ? {} : { credentials: parseKey(await resolve(entry.keyfile)) }),
  }),

  swift: async (entry, resolve) => ({
    authurl: entry.authurl,
    username: entry.username,
    password: await resolve(entry.password),
    container: entry.container,
    ...given(entry, 'region', 'tenant', 'tenantid', 'domain', 'domainid', 'trustid', 'authversion', 'prefix'),
    endpointtype: entry.endpointtype,
    insecureskipverify: entry.insecureskipverify,
    chunksize: entry.chunksize,
  }),
};

/** The section's entry for the driver of this destination, e.g. `{ s3: { bucket, … } }`, with secrets of this moment. */
export async function driverSection(entry: CloudEntry, resolve: Resolve): Promise<Section> {
  const driver = DRIVERS[entry.kind] as (entry: CloudEntry, resolve: Resolve) => Promise<Section>;
  return { [entry.kind]: await driver(entry, resolve) };
}

/** Those of the fields that are neither absent nor empty. */
function given<Entry extends CloudEntry>(entry: Entry, ...names: (keyof Entry & string)[]): Section {
  return Object.fromEntries(
    names.flatMap((name) => (entry[name] === undefined || entry[name] === '' ? [] : [[name, entry[name]]])),
  );
}

/** Never the parser's own message: it quotes the text. */
function parseKey(text: string): Section {
  try {
    return JSON.parse(text) as Section;
  } catch {
    throw new TransshipError(
      'InvalidInput',
      'The keyfile of a gcs storage is not JSON: it must hold the content of a service account key.',
    );
  }
}
