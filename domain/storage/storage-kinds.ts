// The one table of kinds of storage: all that is known of a kind without asking its server. What needs I/O stands in
// tables of its own, which the compiler holds complete by the same names: its schema in worker/inventory/storage-schema.ts,
// its opener in activities/storage/open-storage.ts, its driver's section in activities/registry/driver-section.ts.

import type { SecretRef, StorageEntry, StorageKind } from '../../contracts/inventory.ts';
import { regionRemark } from './s3-regions.ts';

export const DEFAULT_AZURE_REALM = 'core.windows.net';

/** Such as `https://keystone.example.com/v3` and `https://swift.example.com/auth/v1.0`. */
const VERSIONED_AUTH_URL = /\/v(1(\.0)?|2(\.0)?|3)\/?$/;

/** The registry's driver takes an endpoint with or without a scheme; without one `secure` decides. */
export const withScheme = (endpoint: string, secure: boolean): string =>
  /^https?:\/\//.test(endpoint) ? endpoint : `${secure ? 'https' : 'http'}://${endpoint}`;

/** An entry as it stands in the inventory file, right or wrong. */
export type RawEntry = Record<string, unknown>;

/** Whose certificates a server may have beside those of public authorities. */
export type OwnTrust = {
  rootca: SecretRef | undefined;
  /** The certificate is not verified. */
  unverified: boolean;
  /** What the entry says of where it is: this server, as the URL's `by`, and names below it. */
  server: string | undefined;
  by: 'host' | 'hostname';
};

type Row<Entry> = {
  /** Behind an API and not in a directory: the registry can be told of it by its driver's settings alone. */
  isCloud: boolean;
  /** Fields of the registry's driver that are known to be no secret; of others nothing is shown. */
  shown: readonly string[];
  /** Fields that make another place; other credentials or options do not. */
  place: readonly (keyof Entry & string)[];
  /** What the driver takes a field for that its settings leave out. */
  defaults: Readonly<Record<string, string>>;
  /** Fields that name a host of the inventory. */
  hosts: readonly (keyof Entry & string)[];
  /** Fields of credentials that end by themselves: a registry that is told of them loses its storage one day. */
  temporary: readonly (keyof Entry & string)[];
  /** What a schema cannot say: how the fields do not fit each other, as sentences about the entry. */
  mistakes(this: void, entry: RawEntry): string[];
  /** What is no mistake, and had better be known before it is found out by the registry. */
  remarks(this: void, entry: RawEntry): { field: string; problem: string }[];
  /** Whom the registry's driver talks to first; null: nobody, it is a directory. */
  server(this: void, entry: Entry): string | null;
  /** undefined: servers of this kind have certificates of public authorities, or none. */
  trust(this: void, entry: Entry): OwnTrust | undefined;
};

type EntryOf<Kind extends StorageKind> = Extract<StorageEntry, { kind: Kind }>;

const none = {
  defaults: {},
  hosts: [],
  temporary: [],
  mistakes: () => [],
  remarks: () => [],
  server: () => null,
  trust: () => undefined,
} as const;

export const STORAGE_KINDS = {
  filesystem: { ...none, isCloud: false, shown: ['rootdirectory', 'maxthreads'], place: [] },
  host: {
    ...none,
    isCloud: false,
    shown: ['rootdirectory', 'maxthreads'],
    place: [],
    hosts: ['host'],
    mistakes: (entry) =>
      given(entry, 'path', 'volume', 'nfs') === 1 ? [] : ['must have exactly one of path, volume and nfs'],
  },
  s3: {
    ...none,
    isCloud: true,
    shown: [
      ...['bucket', 'region', 'regionendpoint', 'rootdirectory', 'v4auth', 'v2auth', 'secure', 'skipverify'],
      ...['encrypt', 'chunksize', 'storageclass', 'accelerate'],
    ],
    place: ['bucket', 'region', 'regionendpoint', 'rootdirectory'],
    temporary: ['sessiontoken'],
    mistakes: (entry) => [
      ...(given(entry, 'accesskey', 'secretkey') === 1
        ? ['must have both of accesskey and secretkey, or neither']
        : []),
      ...(given(entry, 'sessiontoken') > given(entry, 'accesskey')
        ? ['must have the accesskey and secretkey that sessiontoken belongs to']
        : []),
    ],
    remarks: (entry) => {
      const problem = regionRemark(entry);
      return problem === undefined ? [] : [{ field: 'region', problem }];
    },
    server: ({ region, regionendpoint, secure }) =>
      regionendpoint === undefined
        ? `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
        : withScheme(regionendpoint, secure),
    trust: ({ rootca, skipverify, regionendpoint }) => ({
      rootca,
      unverified: skipverify,
      server: regionendpoint,
      by: 'host',
    }),
  },
  azure: {
    ...none,
    isCloud: true,
    shown: ['accountname', 'container', 'realm', 'serviceurl', 'rootdirectory'],
    place: ['accountname', 'container', 'realm', 'serviceurl', 'rootdirectory'],
    defaults: { realm: DEFAULT_AZURE_REALM },
    server: ({ accountname, realm, serviceurl }) => serviceurl ?? `https://${accountname}.blob.${realm}`,
  },
  gcs: {
    ...none,
    isCloud: true,
    shown: ['bucket', 'rootdirectory', 'chunksize'],
    place: ['bucket', 'rootdirectory'],
    server: ({ endpoint }) => endpoint ?? 'https://storage.googleapis.com',
  },
  swift: {
    ...none,
    isCloud: true,
    shown: [
      ...[
        'authurl',
        'authversion',
        'username',
        'container',
        'region',
        'tenant',
        'tenantid',
        'domain',
        'domainid',
      ],
      ...['endpointtype', 'insecureskipverify', 'chunksize', 'prefix'],
    ],
    place: ['authurl', 'container', 'region', 'tenant', 'tenantid', 'domain', 'domainid', 'prefix'],
    mistakes: (entry) => [
      ...(given(entry, 'tenant', 'tenantid') === 2 ? ['must have only one of tenant and tenantid'] : []),
      ...(given(entry, 'domain', 'domainid') === 2 ? ['must have only one of domain and domainid'] : []),
      ...(entry['insecureskipverify'] === true && given(entry, 'rootca') === 1
        ? ['must have only one of insecureskipverify and rootca']
        : []),
      ...(entry['authversion'] === undefined &&
      typeof entry['authurl'] === 'string' &&
      !VERSIONED_AUTH_URL.test(entry['authurl'])
        ? ['must have authversion, because authurl does not end in a version']
        : []),
    ],
    server: ({ authurl }) => authurl,
    // The catalogue names the storage; it is known here only as a server beside the one that authenticates.
    trust: ({ rootca, insecureskipverify, authurl }) => ({
      rootca,
      unverified: insecureskipverify,
      server: authurl,
      by: 'hostname',
    }),
  },
} as const satisfies { [Kind in StorageKind]: Row<EntryOf<Kind>> };

type Names = 'place' | 'hosts' | 'temporary';
type AnyRow = Omit<Row<StorageEntry>, Names> & Record<Names, readonly string[]>;

/** The row, whatever the kind. */
export const kindOf = ({ kind }: Pick<StorageEntry, 'kind'>): AnyRow => STORAGE_KINDS[kind];

export const isStorageKind = (kind: unknown): kind is StorageKind =>
  typeof kind === 'string' && Object.hasOwn(STORAGE_KINDS, kind);

/** The registry reaches it through a driver with an API. */
export type CloudEntry = {
  [Kind in StorageKind]: (typeof STORAGE_KINDS)[Kind]['isCloud'] extends true ? EntryOf<Kind> : never;
}[StorageKind];

export const isCloud = (entry: StorageEntry): entry is CloudEntry => kindOf(entry).isCloud;

export const isCloudKind = (kind: StorageKind): boolean => kindOf({ kind }).isCloud;

/** Those of its fields that are temporary credentials. */
export const temporaryIn = (entry: StorageEntry): string[] =>
  kindOf(entry).temporary.filter((field) => given(entry, field) > 0);

const given = (entry: RawEntry, ...fields: string[]): number =>
  fields.filter((field) => entry[field] !== undefined).length;
