// What the sections of the registry's storage drivers have in common with storages of the inventory (dtr-msr.md §5.1): the
// fields that are taken and how each is read, and why the others can be left out.

import type { StorageKind } from '../../../contracts/inventory.ts';
import { withScheme } from '../../../domain/storage/storage-kinds.ts';

/** `secret`: a reference takes its place. `path`: a file of the registry's machine that holds a secret. */
export type Reading = 'text' | 'flag' | 'count' | 'secret' | 'path';

export type Entry = Record<string, unknown>;

export type Driver = {
  kind: StorageKind;
  /** Field of the file → how it is read. It has the same name here unless `renamed` says otherwise. */
  taken: Readonly<Record<string, Reading>>;
  renamed?: Readonly<Record<string, string>>;
  ignored: Readonly<Record<string, string>>;
  /** What the inventory says otherwise than the file, and what is to be known of it. */
  finish?(this: void, entry: Entry): { field: string; remark: string }[];
};

const UPLOADS = "how the registry's driver uploads; what is stored is the same";
const ORDINARY = 'the ordinary endpoint is used';
const ENCRYPTION = 'copies are encrypted as the bucket has it by default';
const REGISTRY_ALONE = 'of the registry alone';

const s3: Driver = {
  kind: 's3',
  taken: {
    ...{ bucket: 'text', region: 'text', regionendpoint: 'text', rootdirectory: 'text' },
    ...{ accesskey: 'secret', secretkey: 'secret', rootca: 'secret' },
    ...{ v4auth: 'flag', secure: 'flag', skipverify: 'flag' },
  },
  ignored: {
    encrypt: ENCRYPTION,
    keyid: ENCRYPTION,
    chunksize: UPLOADS,
    multipartcopychunksize: UPLOADS,
    multipartcopymaxconcurrency: UPLOADS,
    multipartcopythresholdsize: UPLOADS,
    storageclass: 'copies get the default class of the bucket',
    objectacl: 'copies get the default rights of the bucket',
    forcepathstyle: 'a server of its own endpoint is always asked so',
    accelerate: ORDINARY,
    s3accelerate: ORDINARY,
    usedualstack: ORDINARY,
    usefipsendpoint: ORDINARY,
    useragent: REGISTRY_ALONE,
    loglevel: REGISTRY_ALONE,
  },
  finish(entry) {
    const { regionendpoint, secure } = entry;
    // The driver takes one without a scheme, which `secure` then decides
    if (typeof regionendpoint === 'string')
      entry['regionendpoint'] = withScheme(regionendpoint, secure !== false);
    return [];
  },
};

const azure: Driver = {
  kind: 'azure',
  taken: {
    ...{ accountname: 'text', accountkey: 'secret', container: 'text', realm: 'text' },
    ...{ serviceurl: 'text', rootdirectory: 'text', legacyrootprefix: 'flag', trimlegacyrootprefix: 'flag' },
  },
  ignored: {
    credentials: 'only a key of the account is understood',
    connectionstring: 'only a key of the account is understood',
    max_retries: REGISTRY_ALONE,
    retry_delay: REGISTRY_ALONE,
  },
  finish(entry) {
    const { trimlegacyrootprefix: isTrimmed, legacyrootprefix } = entry;
    delete entry['trimlegacyrootprefix'];
    if (legacyrootprefix !== undefined) return [];
    if (typeof isTrimmed === 'boolean') {
      entry['legacyrootprefix'] = !isTrimmed;
      return [];
    }
    entry['legacyrootprefix'] = true;
    return [
      {
        field: 'legacyrootprefix',
        remark: 'taken for true, which holds for DTR, MSR and Distribution 2: write false for Distribution 3',
      },
    ];
  },
};

const gcs: Driver = {
  kind: 'gcs',
  taken: { bucket: 'text', rootdirectory: 'text', keyfile: 'path', credentials: 'secret' },
  renamed: { credentials: 'keyfile' },
  ignored: { chunksize: UPLOADS, maxconcurrency: UPLOADS, useragent: REGISTRY_ALONE },
};

const swift: Driver = {
  kind: 'swift',
  taken: {
    ...{ authurl: 'text', authversion: 'count', username: 'text', password: 'secret', container: 'text' },
    ...{ region: 'text', tenant: 'text', tenantid: 'text', domain: 'text', domainid: 'text' },
    ...{ trustid: 'text', endpointtype: 'text', insecureskipverify: 'flag', rootca: 'secret' },
    ...{ chunksize: 'count', prefix: 'text' },
  },
  ignored: {
    secretkey: 'a key for temporary URLs, which are not used',
    accesskey: 'a key for temporary URLs, which are not used',
    tempurlcontainerkey: 'temporary URLs are not used',
    tempurlmethods: 'temporary URLs are not used',
  },
};

const filesystem: Driver = {
  kind: 'filesystem',
  taken: { rootdirectory: 'text' },
  renamed: { rootdirectory: 'path' },
  ignored: { maxthreads: REGISTRY_ALONE },
  finish: () => [
    {
      field: 'path',
      remark:
        "the folder as the registry's container has it: for a registry on a host write kind: host with the volume or path there",
    },
  ],
};

/** By the name that the file calls them. `s3aws` is the same driver as `s3`. */
export const DRIVERS: Readonly<Record<string, Driver>> = { s3, s3aws: s3, azure, gcs, swift, filesystem };

/** Keys of the section beside the driver's, and why they can be left out. */
export const COMMON: Readonly<Record<string, string>> = {
  delete: 'it is asked of the registry itself',
  maintenance: 'it is asked of the registry itself',
  redirect:
    'whether clients are sent to the storage is for the registry to say: they must trust its certificate then',
  cache: REGISTRY_ALONE,
  tag: REGISTRY_ALONE,
};
