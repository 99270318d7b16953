// One run of the bootstrapper: what a command is given, and the checks that all commands share.

import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { listReplicaRecords, readSecret } from '../cluster.ts';
import type { NodeConfig, ReplicaRecord, StandInConfig } from '../cluster.ts';
import { habitsOf } from '../habits.ts';
import { timingsOf } from '../timings.ts';
import type { DtrVersion } from '../versions.ts';
import type { CommandName } from './flags.ts';
import type { Log } from './log.ts';
import type { Values } from './parse.ts';

/** Ends the run with a FATA line and a status that is not zero. */
export class Fatal extends Error {}

export type Run = {
  command: CommandName;
  config: StandInConfig;
  dtrDir: string;
  /** Tag of the bootstrapper's image. */
  tag: string;
  version: DtrVersion;
  values: Values;
  stdin: Readable;
  stdout: Writable;
  /** Was the container started with `-i`, `-t`? */
  isInteractive: boolean;
  hasTty: boolean;
  log: Log;
};

/** The commands of a replica must be of its version; other versions are "not guaranteed" and fail here (assumed). */
export function requireSameVersion({ tag, config }: Run): void {
  if (tag !== config.version)
    throw new Fatal(
      `The bootstrapper has version ${tag} but the cluster has version ${config.version}; use the image of the cluster's version`,
    );
}

export function requireUcp({ values, config, log }: Run): void {
  log.info('Validating UCP cert');
  const ca = values.text('ucp-ca');
  if (ca === undefined && !values.isOn('ucp-insecure-tls'))
    throw new Fatal(
      'Failed to validate UCP cert: x509: certificate signed by unknown authority; use --ucp-ca or --ucp-insecure-tls',
    );
  if (ca !== undefined && !ca.includes('-----BEGIN CERTIFICATE-----'))
    throw new Fatal('Failed to validate UCP cert: --ucp-ca is not PEM');
  log.info('Connecting to UCP');
  if (hostOf(values.text('ucp-url') ?? '') !== hostOf(config.ucpUrl))
    throw new Fatal(`Failed to connect to UCP: dial tcp: no UCP at ${values.text('ucp-url')}`);
  const isRight =
    values.text('ucp-username') === config.ucpUser &&
    values.text('ucp-password') === readSecret(config.ucpPasswordFile);
  if (!isRight) throw new Fatal('Failed to connect to UCP: invalid username or password');
  log.info('health checking ucp');
}

/** Scheme and the default port do not count: transcripts show URLs with and without them. */
const hostOf = (url: string): string =>
  url
    .replace(/^https?:\/\//, '')
    .replace(/\/.*$/, '')
    .replace(/:443$/, '');

/** `--replica-id`, or a random one. */
export function replicaIdOf({ values }: Run): string {
  const id = values.text('replica-id') ?? crypto.randomUUID().replaceAll('-', '').slice(0, 12);
  if (!/^[0-9a-f]{12}$/.test(id))
    throw new Fatal(`Invalid replica ID "${id}": 12 hexadecimal characters are needed`);
  return id;
}

/** The replica that `--existing-replica-id` names; without it the only one there is. */
export async function existingReplica({ values, dtrDir }: Run): Promise<ReplicaRecord> {
  const records = await listReplicaRecords(dtrDir);
  const id = values.text('existing-replica-id');
  const only = records.length === 1 ? records[0] : undefined;
  const found = id === undefined ? only : records.find((record) => record.id === id);
  if (found === undefined)
    throw new Fatal(
      id === undefined
        ? 'Failed to choose a replica: --existing-replica-id is needed: EOF'
        : `Couldn't find replica ${id}`,
    );
  return found;
}

/** `--ucp-node`, or the first node that has no replica. One node holds one replica. */
export async function freeNode({ values, dtrDir, config, log }: Run): Promise<NodeConfig> {
  const taken = (await listReplicaRecords(dtrDir)).map((record) => record.node);
  const name = values.text('ucp-node');
  const node = config.nodes.find((node) =>
    name === undefined ? !taken.includes(node.name) : node.name === name,
  );
  if (node === undefined)
    throw new Fatal(
      name === undefined ? 'No node without a replica is left' : `No node "${name}" is known to UCP`,
    );
  const port = Number(
    values.text('replica-https-port') ?? (habitsOf(config).portsMatter ? 443 : node.httpsPort),
  );
  log.info(`verifying [80 ${port}] ports on ${node.name}`);
  if (taken.includes(node.name)) throw new Fatal(`Port conflict on ${node.name}: a DTR replica runs there`);
  return { ...node, httpsPort: port };
}

/** What a command takes at least, so that people and tests meet commands that take time. */
export const takeTime = ({ config }: Run): Promise<void> => sleep(timingsOf(config).commandMs);
