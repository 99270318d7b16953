// The configuration of one replica, where it lies: read as a whole, replaced as a whole, and kept as it was.

import { createHash } from 'node:crypto';
import type { JobFolder } from '../../../contracts/registry-activities.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import {
  BACK_UP_CONFIG,
  NOTE_RESTARTED,
  READ_BACKUP,
  READ_CONFIG,
  SWAP,
  SWAP_CONFIG,
} from './config-scripts.ts';
import type { DistributionReplica } from './distribution.ts';

/** What stands in a text for bytes that are none. */
const NOT_UTF8 = '\u{FFFD}';

/** `mode`: octal digits, e.g. `640`. `restartDue`: the registry may run with an earlier one. */
export type ConfigFile = { text: string; mode: string; restartDue: boolean };

/** `RegistryRefused` where it is no UTF-8. */
export async function readConfig({ id, host, entry }: DistributionReplica): Promise<ConfigFile> {
  const { status, stdout: shown, stderr } = await host.run(['sh', '-c', READ_CONFIG, 'sh', entry.config]);
  // Never with what was printed: it holds secrets.
  if (status !== 0)
    throw new TransshipError(
      'CommandFailed',
      `The configuration of replica ${id} cannot be read on ${host.name}: ${stderr.trim()}`,
      { host: host.name, status },
    );
  if (shown.includes(NOT_UTF8))
    throw new TransshipError(
      'RegistryRefused',
      `The configuration of replica ${id} on ${host.name} is no UTF-8, and could not be written back as it is: convert ${entry.config} (iconv -t UTF-8), and start again.`,
    );
  const end = shown.indexOf('\n');
  const [mode = '', due] = shown.slice(0, end).split(' ');
  return { text: shown.slice(end + 1), mode, restartDue: due === '1' };
}

/** `RegistryRefused` where its owner cannot be kept, `RegistryUnhealthy` where somebody else has changed it meanwhile. */
export async function swapConfig(
  { id, host, entry }: DistributionReplica,
  from: string,
  to: string,
): Promise<void> {
  const argv = ['sh', '-c', SWAP_CONFIG, 'sh', entry.config, sha256(from), sha256(to)];
  const { status, stderr } = await host.run(argv, { input: to });
  if (status === 0) return;
  const file = `${entry.config} of replica ${id}`;
  if (status === SWAP.otherwise)
    throw new TransshipError('RegistryUnhealthy', `${file} was changed by somebody else at this moment.`);
  if (status === SWAP.cutOff)
    throw new TransshipError('HostUnreachable', `${file} arrived cut off on host ${host.name}.`);
  if (status === SWAP.owner)
    throw new TransshipError(
      'RegistryRefused',
      `${file} cannot be replaced with its owner kept: log in to ${host.name} as its owner or as root.`,
    );
  throw new TransshipError(
    'CommandFailed',
    `${file} cannot be replaced on ${host.name} (status ${status}): ${stderr.trim()}`,
    { host: host.name, status },
  );
}

export async function noteRestarted({ host, entry }: DistributionReplica): Promise<void> {
  await host.check(['sh', '-c', NOTE_RESTARTED, 'sh', entry.config]);
}

/** Once in a run: a later one would keep what the run itself has made of it. */
export async function backUpConfig({ host, entry }: DistributionReplica, job: JobFolder): Promise<void> {
  await host.check(['sh', '-c', BACK_UP_CONFIG, 'sh', entry.config, runOf(job)]);
}

/** As it was before the run; undefined: it was not kept. */
export async function readBackup(
  { host, entry }: DistributionReplica,
  job: JobFolder,
): Promise<string | undefined> {
  const { status, stdout } = await host.run(['sh', '-c', READ_BACKUP, 'sh', entry.config, runOf(job)]);
  return status === 0 ? stdout : undefined;
}

/** The last part of a job's folder is the id of its run. */
const runOf = (job: JobFolder): string =>
  job
    .split('/')
    .at(-1)!
    .replaceAll(/[^A-Za-z0-9_-]/g, '-');

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
