// The shape of the inventory file: one zod schema, from which come the check of `transship inventory check`, the JSON
// Schema that editors use, and the reference page. Keys are the field names of contracts/inventory.ts; durations are
// written as text. Unknown keys are mistakes, because a misspelt setting that is ignored is worse than one that is refused.

import { z } from 'zod';
import { parseDuration } from '../../domain/duration.ts';

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const HOST_KEY = /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]{40,}={0,2}$/;
const REPOSITORY = /^[a-z0-9._-]+\/[a-z0-9._-]+$/;
const DEFAULT_STATE_DIR = '/var/lib/transship';
const DEFAULT_EXPIRY = '24h';
/** Garbage collection cannot be undone, so people get the week-end to look first. */
const GARBAGE_COLLECTION_EXPIRY = '72h';

const name = z
  .string()
  .regex(NAME, 'a name has lower-case letters, digits, dots, dashes and underscores, at most 63');
const text = z.string().min(1, 'must not be empty');
const absolutePath = z.string().startsWith('/', 'must be an absolute path');

/** An http or https URL of a server: no path, no credentials. A mistake never shows the value: it may hold a password. */
const serverUrl = z.string().superRefine((value, context) => {
  const problem = urlProblem(value);
  if (problem) context.addIssue({ code: 'custom', message: problem });
});

function urlProblem(value: string): string | undefined {
  if (!URL.canParse(value)) return 'must be a URL such as https://registry.example.com';
  const url = new URL(value);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return 'must be a URL that starts with https:// or http://';
  if (url.username || url.password)
    return 'must not hold credentials: they have their own fields, as references';
  if (url.pathname !== '/' || url.search || url.hash) return 'must end after the host and port';
  return undefined;
}

const duration = z.string().transform((value, context) => {
  const milliseconds = parseDuration(value);
  if (milliseconds !== undefined) return milliseconds;
  context.addIssue({ code: 'custom', message: 'must be a duration such as 30m, 12h or 7d' });
  return z.NEVER;
});

const secret = z
  .union(
    [
      z.strictObject({
        env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a variable'),
      }),
      z.strictObject({ file: text }),
      z.strictObject({ command: z.array(text).min(1) }),
    ],
    {
      error: (issue) =>
        typeof issue.input === 'string' || typeof issue.input === 'number'
          ? 'a secret stands here in clear: write a reference, { env: NAME }, { file: PATH } or { command: [WORD, …] }'
          : 'must be a reference to a secret: { env: NAME }, { file: PATH } or { command: [WORD, …] }',
    },
  )
  .describe(
    'Reference to a secret: `{ env: NAME }`, `{ file: PATH }` (relative to the inventory) or `{ command: [WORD, …] }`. Never the secret itself.',
  );

const host = z.strictObject({
  address: text.describe('IP address or name that the worker can reach.'),
  port: z.int().min(1).max(65_535).default(22).describe('Port of the SSH server.'),
  user: text.describe('User to log in as.'),
  key: secret.describe('Private key in OpenSSH format, as a reference.'),
  hostKeys: z
    .array(z.string().regex(HOST_KEY, 'must be a host key such as `ssh-ed25519 AAAAC3…`, without a comment'))
    .min(1, 'must pin at least one host key')
    .describe('Pinned host keys, as `ssh-keyscan HOST` prints them after the host name.'),
  stateDir: absolutePath
    .default(DEFAULT_STATE_DIR)
    .describe('Folder on the host that keeps the outputs and states of remote jobs.'),
});

const filesystemStorage = z.strictObject({
  kind: z.literal('filesystem'),
  path: absolutePath.describe('Directory that the worker itself sees.'),
});

const hostStorage = z.strictObject({
  kind: z.literal('host'),
  host: name.describe('The host of this inventory that has the directory.'),
  path: absolutePath.optional().describe('The directory. Exactly one of `path` and `volume`.'),
  volume: text
    .optional()
    .describe('A Docker volume, found with `docker volume inspect`. Exactly one of `path` and `volume`.'),
});

const s3Storage = z.strictObject({
  kind: z.literal('s3'),
  bucket: text.describe('Name of the bucket.'),
  region: text.describe('Region, e.g. `eu-central-1`; what the server calls it where it is not AWS.'),
  regionendpoint: serverUrl.optional().describe('URL of an S3 server that is not AWS.'),
  rootdirectory: z.string().default('').describe('Prefix within the bucket.'),
  accesskey: secret.optional().describe('Access key. Absent: the ambient credentials of the worker.'),
  secretkey: secret.optional().describe('Secret key. Absent: the ambient credentials of the worker.'),
  v4auth: z
    .boolean()
    .refine((value) => value, 'only signature version 4 can be served: every current S3 server has it')
    .default(true)
    .describe('Signature version 4. Only `true` can be served.'),
  secure: z.boolean().default(true).describe('Use HTTPS.'),
  skipverify: z.boolean().default(false).describe('Do not verify the certificate of the server.'),
  rootca: secret.optional().describe('PEM of the CA that signed the certificate of the server.'),
});

const storage = z.discriminatedUnion('kind', [filesystemStorage, hostStorage, s3Storage], {
  error: (issue) => (issue.code === 'invalid_union' ? 'kind must be one of filesystem, host, s3' : undefined),
});

const replica = z.strictObject({
  id: z
    .string()
    .regex(/^[0-9a-f]{12}$/, 'must be 12 hexadecimal characters in lower case')
    .describe('The replica id, 12 hexadecimal characters; quote it where it looks like a number.'),
  host: name.describe('The host of this inventory that the replica runs on.'),
  node: text.describe('Name of the node in UCP, for `--ucp-node`.'),
  url: serverUrl.describe('Where this one replica answers, not the load balancer.'),
});

const registry = z.strictObject({
  kind: z.literal('dtr').describe('Docker Trusted Registry or Mirantis Secure Registry 2.x.'),
  url: serverUrl.describe('The external URL, usually of the load balancer.'),
  ca: secret.optional().describe('PEM of the CA that signed the certificate. Absent: the CAs of the system.'),
  username: text.describe('An administrator.'),
  password: secret.describe('Password or access token of the administrator, as a reference.'),
  ucp: z
    .strictObject({
      url: serverUrl.describe('URL of UCP or MKE.'),
      username: text.describe('An administrator of UCP.'),
      password: secret.describe('Password of the administrator, as a reference.'),
      ca: secret.optional().describe('PEM of the CA that signed the certificate of UCP.'),
      insecureTls: z.boolean().default(false).describe('Do not verify the certificate of UCP.'),
    })
    .describe('The cluster manager that the bootstrapper talks to.'),
  bootstrapHost: name.describe('The host of this inventory that runs the bootstrapper.'),
  bootstrapImage: text
    .optional()
    .describe('Image of the bootstrapper without its tag. Absent: the one of the version.'),
  replicas: z.array(replica).min(1, 'must list every replica').describe('Every replica of the registry.'),
  storage: name.describe('The storage of this inventory that the registry uses now.'),
  canaryRepository: z
    .string()
    .regex(REPOSITORY, 'must be NAMESPACE/REPOSITORY')
    .describe('Repository that proofs push to. It must exist.'),
});

const approvalPolicy = (expiresIn: string) =>
  z
    .strictObject({
      required: z
        .boolean()
        .default(true)
        .describe('False: the step goes on without a person; the audit trail says so.'),
      expiresIn: duration.prefault(expiresIn).describe('How long the question stays open.'),
      approvers: z
        .array(text)
        .default([])
        .describe('Who may decide. Empty: everybody who can reach Temporal.'),
    })
    .transform(({ expiresIn, ...policy }) => ({ ...policy, expiresInMs: expiresIn }))
    .prefault({});

const approvals = z
  .strictObject({
    plan: approvalPolicy(DEFAULT_EXPIRY).describe('The plan, before anything is changed.'),
    window: approvalPolicy(DEFAULT_EXPIRY).describe(
      'The maintenance window, before the registry is set read-only.',
    ),
    'damaged-blobs': approvalPolicy(DEFAULT_EXPIRY).describe(
      'Going on although objects of the source are damaged.',
    ),
    'garbage-collection': approvalPolicy(GARBAGE_COLLECTION_EXPIRY).describe(
      'The first garbage collection on the new storage.',
    ),
  })
  .prefault({});

export const inventorySchema = z
  .strictObject({
    registries: z.record(name, registry).describe('The registries, by the name that workflows use.'),
    hosts: z.record(name, host).default({}).describe('Machines that are reached over SSH.'),
    storages: z.record(name, storage).describe('Places that hold objects.'),
    journal: name.describe('The storage where work lists, saved states, plans and reports are kept.'),
    backups: name.describe('The storage where metadata backups are kept. They hold private keys.'),
    approvals: approvals.describe('Who must agree to what, and for how long the question stays open.'),
  })
  .describe('Inventory of Transship: what the names in workflows mean.');
