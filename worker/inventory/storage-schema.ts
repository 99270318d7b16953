// The storages of the inventory, one schema for each kind. The fields of cloud storages have the names that the
// registry's own driver gives them (S1, dtr-msr.md §5.1).

import { z } from 'zod';
import type { StorageKind } from '../../contracts/inventory.ts';
import { DEFAULT_AZURE_REALM } from '../../domain/storage/storage-kinds.ts';
import { unsafeKey } from '../../domain/storage/safe-key.ts';
import { absolutePath, name, secret, serverUrl, serviceUrl, text } from './fields.ts';

const NFS_URL = /^nfs:\/\/(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)\/[^\s?#,]*$/;
const MOUNT_OPTIONS = /^[A-Za-z0-9_]+(=[A-Za-z0-9_.:/-]+)?(,[A-Za-z0-9_]+(=[A-Za-z0-9_.:/-]+)?)*$/;
const AZURE_ACCOUNT = /^[a-z0-9]{3,24}$/;
const AZURE_CONTAINER = /^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/;
const MIN_SWIFT_SEGMENT_BYTES = 1024 ** 2;
const MAX_SWIFT_SEGMENT_BYTES = 5 * 1024 ** 3;
const DEFAULT_SWIFT_SEGMENT_BYTES = 5 * 1024 ** 2;
const ONE_PLACE = 'Exactly one of `path`, `volume` and `nfs`.';

const hasNoWayUp = (path: string): boolean => !path.split('/').includes('..');

const isRealPath = (path: string): boolean => path.startsWith('/') && unsafeKey(path.slice(1)) === undefined;

const links = z
  .record(
    text.refine((key) => unsafeKey(key) === undefined, 'must be the path of a link below the directory'),
    text.refine(isRealPath, 'must be the whole real path, as `readlink -f` prints it'),
  )
  .optional()
  .describe(
    'Symbolic links in the directory that are followed: path of the link below the directory, and where it really leads, as `readlink -f` prints it. Others are not followed, and stop a migration. What lies behind a link is read and never written: for a source.',
  );

const filesystemStorage = z.strictObject({
  kind: z.literal('filesystem'),
  path: absolutePath.describe('Directory that the worker itself sees.'),
  boundTo: name
    .optional()
    .describe(
      'Only workers started with `--bound-to` and this name see the directory. Absent: every worker does.',
    ),
  links,
});

const nfsExport = z
  .strictObject({
    url: z
      .string()
      .regex(NFS_URL, 'must be nfs://SERVER/EXPORT, without a port')
      .refine(hasNoWayUp, 'must not go up by `..`')
      .describe('The export as `--nfs-storage-url` takes it: `nfs://SERVER/EXPORT`.'),
    options: z
      .string()
      .regex(MOUNT_OPTIONS, 'must be mount options such as rw,nfsvers=4,async')
      .optional()
      .describe('Mount options as `--nfs-options` takes them, e.g. `rw,nfsvers=4,async`.'),
    async: z
      .boolean()
      .optional()
      .describe(
        'The registry mounts it as `--async-nfs` says. Not beside `options`, which can name `async`.',
      ),
  })
  .refine(({ options, async }) => options === undefined || async !== true, {
    error: 'must have only one of options and async: name async among the options',
  });

const hostStorage = z.strictObject({
  kind: z.literal('host'),
  host: name.describe('The host of this inventory that has the directory.'),
  path: absolutePath.optional().describe(`The directory. ${ONE_PLACE}`),
  volume: text.optional().describe(`A Docker volume, found with \`docker volume inspect\`. ${ONE_PLACE}`),
  nfs: nfsExport.optional().describe(`An NFS export, mounted on the host while it is needed. ${ONE_PLACE}`),
  subdirectory: text
    .refine((path) => !path.startsWith('/'), 'must be a relative path')
    .refine(hasNoWayUp, 'must not go up by `..`')
    .optional()
    .describe("Directory below that, where the registry's tree begins."),
  links,
});

const s3Storage = z.strictObject({
  kind: z.literal('s3'),
  bucket: text.describe('Name of the bucket.'),
  region: text.describe('Region, e.g. `eu-central-1`; what the server calls it where it is not AWS.'),
  regionendpoint: serverUrl.optional().describe('URL of an S3 server that is not AWS.'),
  rootdirectory: z.string().default('').describe('Prefix within the bucket.'),
  accesskey: secret.optional().describe('Access key. Absent: the ambient credentials of the worker.'),
  secretkey: secret.optional().describe('Secret key. Absent: the ambient credentials of the worker.'),
  sessiontoken: secret
    .optional()
    .describe(
      'Session token of temporary keys (AWS STS), read again every minute like the keys. For a source, or for copies: a registry cannot be given keys that end.',
    ),
  v4auth: z
    .boolean()
    .refine((value) => value, 'only signature version 4 can be served: every current S3 server has it')
    .default(true)
    .describe('Signature version 4. Only `true` can be served.'),
  secure: z.boolean().default(true).describe('Use HTTPS.'),
  skipverify: z.boolean().default(false).describe('Do not verify the certificate of the server.'),
  rootca: secret.optional().describe('PEM of the CA that signed the certificate of the server.'),
});

const azureStorage = z.strictObject({
  kind: z.literal('azure'),
  accountname: z
    .string()
    .regex(AZURE_ACCOUNT, 'must be 3 to 24 lower-case letters and digits')
    .describe('Name of the storage account.'),
  accountkey: secret.describe('Key of the account in base64, as Azure shows it, as a reference.'),
  container: z
    .string()
    .regex(AZURE_CONTAINER, 'must be 3 to 63 lower-case letters, digits and single dashes')
    .describe('Name of the container.'),
  realm: text.default(DEFAULT_AZURE_REALM).describe('Domain of the cloud, e.g. `core.chinacloudapi.cn`.'),
  serviceurl: serviceUrl
    .optional()
    .describe(
      'URL of the blob service where it is not `https://ACCOUNTNAME.blob.REALM`. Not a field of DTR 2.x.',
    ),
  rootdirectory: z
    .string()
    .default('')
    .describe('Prefix within the container. Not a documented field of DTR 2.x: leave it out there.'),
  // Without a default: with the wrong one the registry would start on the copy and find nothing.
  legacyrootprefix: z
    .boolean()
    .describe(
      'Do names of blobs begin with `/`? `true` for DTR, MSR and Distribution 2, `false` for Distribution 3.',
    ),
});

const gcsStorage = z.strictObject({
  kind: z.literal('gcs'),
  bucket: text.describe('Name of the bucket.'),
  keyfile: secret
    .optional()
    .describe(
      'Content of the key file of a service account (JSON), as a reference. Absent: the ambient credentials of the worker.',
    ),
  rootdirectory: z.string().default('').describe('Prefix within the bucket.'),
  endpoint: serverUrl.optional().describe("URL of the API where it is not Google's."),
});

const swiftStorage = z.strictObject({
  kind: z.literal('swift'),
  authurl: serviceUrl.describe('URL of the authentication service, e.g. `https://keystone.example.com/v3`.'),
  authversion: z
    .union([z.literal(1), z.literal(2), z.literal(3)], { error: 'must be 1, 2 or 3' })
    .optional()
    .describe('1 for tempauth and its like, 2 and 3 for Keystone. Absent: the end of `authurl` tells.'),
  username: text.describe('User.'),
  password: secret.describe('Password of the user, as a reference.'),
  container: text
    .refine((value) => !value.includes('/'), 'must not hold a slash')
    .describe('Name of the container.'),
  region: text.optional().describe('Region. Absent: the first of the catalogue.'),
  tenant: text.optional().describe('Name of the tenant (project).'),
  tenantid: text.optional().describe('Id of the tenant (project), instead of its name.'),
  domain: text.optional().describe('Name of the domain (Keystone v3).'),
  domainid: text.optional().describe('Id of the domain, instead of its name.'),
  trustid: text.optional().describe('Id of a trust (Keystone v3).'),
  endpointtype: z
    .enum(['public', 'internal', 'admin'])
    .default('public')
    .describe('Which endpoint of the catalogue: `public`, `internal` or `admin`.'),
  insecureskipverify: z.boolean().default(false).describe('Do not verify certificates.'),
  rootca: secret.optional().describe('PEM of the CA that signed the certificates.'),
  chunksize: z
    .int()
    .min(MIN_SWIFT_SEGMENT_BYTES, 'must be at least 1048576 bytes')
    .max(MAX_SWIFT_SEGMENT_BYTES, 'must be at most 5368709120 bytes')
    .default(DEFAULT_SWIFT_SEGMENT_BYTES)
    .describe('Bytes of a segment of a large object.'),
  prefix: z.string().default('').describe('Prefix within the container.'),
});

const SCHEMAS = {
  filesystem: filesystemStorage,
  host: hostStorage,
  s3: s3Storage,
  azure: azureStorage,
  gcs: gcsStorage,
  swift: swiftStorage,
} satisfies { [Kind in StorageKind]: z.ZodType<{ kind: Kind }> };

type Schema = (typeof SCHEMAS)[StorageKind];

export const storage = z.discriminatedUnion('kind', Object.values(SCHEMAS) as [Schema, ...Schema[]], {
  error: (issue) =>
    issue.code === 'invalid_union' ? `kind must be one of ${Object.keys(SCHEMAS).join(', ')}` : undefined,
});
