// The registries of the inventory file: one schema for each product.

import { z } from 'zod';
import type { RegistryKind } from '../../contracts/inventory.ts';
import { absolutePath, name, secret, serverUrl, stateDir, text } from './fields.ts';

const REPOSITORY = /^[a-z0-9._-]+\/[a-z0-9._-]+$/;

/** What is said of every registry; its replicas are of its kind. */
const access = {
  url: serverUrl.describe('The external URL, usually of the load balancer.'),
  ca: secret.optional().describe('PEM of the CA that signed the certificate. Absent: the CAs of the system.'),
};
const login = {
  username: text.describe('An administrator.'),
  password: secret.describe('Password or access token of the administrator, as a reference.'),
};
const place = {
  storage: name.describe('The storage of this inventory that the registry uses now.'),
  canaryRepository: z
    .string()
    .regex(REPOSITORY, 'must be NAMESPACE/REPOSITORY')
    .describe('Repository that proofs push to. It must exist, or be made by the first push.'),
};
const replicaUrl = serverUrl.describe('Where this one replica answers, not the load balancer.');
const argv = z.array(text).min(1, 'must have the command and its arguments, each a word of its own');

const dtrReplica = z.strictObject({
  id: z
    .string()
    .regex(/^[0-9a-f]{12}$/, 'must be 12 hexadecimal characters in lower case')
    .describe('The replica id, 12 hexadecimal characters; quote it where it looks like a number.'),
  host: name.describe('The host of this inventory that the replica runs on.'),
  node: text.describe('Name of the node in UCP, for `--ucp-node`.'),
  url: replicaUrl,
});

const dtrRegistry = z.strictObject({
  kind: z.literal('dtr').describe('Docker Trusted Registry or Mirantis Secure Registry 2.x.'),
  ...access,
  ...login,
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
  restore: z
    .strictObject({
      key: secret.optional().describe('PEM of the private key of its certificate.'),
      httpProxy: secret.optional().describe('URL of its HTTP proxy, where that holds credentials.'),
      httpsProxy: secret.optional().describe('URL of its HTTPS proxy, where that holds credentials.'),
    })
    .optional()
    .describe('What a restored registry must be told and does not show itself, as references.'),
  replicas: z.array(dtrReplica).min(1, 'must list every replica').describe('Every replica of the registry.'),
  ...place,
});

const distributionReplica = z.strictObject({
  id: name.describe('A name for it, in plans and reports.'),
  host: name
    .optional()
    .describe(
      "The host of this inventory that it runs on. Absent: the worker's own machine, and then every worker must run there.",
    ),
  url: replicaUrl,
  config: absolutePath.describe(
    'The configuration that it reads when it starts, on its host. Its user there must be allowed to replace it.',
  ),
  restart: argv.describe(
    'Starts it again, and returns when the old process is gone, e.g. `[systemctl, restart, docker-registry]`.',
  ),
  program: argv.describe(
    'How its own program is run on its host, e.g. `[docker-registry]` or `[docker, exec, -i, registry, registry]`: for `--version`, and for `garbage-collect`.',
  ),
  configInside: absolutePath
    .optional()
    .describe('Where it runs in a container: the path of `config` in there, even if it is the same.'),
});

const distributionRegistry = z.strictObject({
  kind: z.literal('distribution').describe('CNCF Distribution 2 or 3, the plain `registry`.'),
  ...access,
  username: login.username.optional().describe('Who may push and delete. Absent: nobody is asked.'),
  password: login.password.optional().describe('Password of that user, as a reference.'),
  replicas: z
    .array(distributionReplica)
    .min(1, 'must list every replica')
    .describe('Every process of the registry that shares the storage.'),
  stateDir: stateDir.describe('Folder on the worker for outputs of commands, where a replica has no `host`.'),
  ...place,
});

const SCHEMAS = { distribution: distributionRegistry, dtr: dtrRegistry } satisfies {
  [Kind in RegistryKind]: z.ZodType<{ kind: Kind }>;
};

type Schema = (typeof SCHEMAS)[RegistryKind];

export const registry = z.discriminatedUnion('kind', Object.values(SCHEMAS) as [Schema, ...Schema[]], {
  error: (issue) =>
    issue.code === 'invalid_union' ? `kind must be one of ${Object.keys(SCHEMAS).join(', ')}` : undefined,
});
