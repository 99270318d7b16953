// Garbage collection of Distribution: its own offline command, in read-only mode only, since it would take the blobs of a push
// for garbage. Once for a run, as a remote job; a cancelled one is ended, so that nothing collects when pushes go on. Where the
// processes of a replica cannot be seen, nobody knows who else collects or writes there, and nothing is collected.

import { createInterface } from 'node:readline';
import type { Collected } from '../../../contracts/registry-activities.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import { readRemoteJobOutput, removeRemoteJob, runRemoteJob } from '../../hosts/remote-job.ts';
import type { PlannedRun } from '../control-plane.ts';
import { type ConfigFile, readConfig } from './config-file.ts';
import { isReadOnly, sharedCacheIn } from './configuration.ts';
import { type Distribution, type DistributionReplica, without } from './distribution.ts';
import { isSeen, listProcesses } from './processes.ts';

/** How it names what images need, and what it removes; links of layers have a repository before them, and are no blobs. */
const MARKED = /^\S+: marking (?:manifest|blob) (\S+)\s*$/;
const ELIGIBLE = /^blob eligible for deletion: (\S+)$/;
const SHOWN_LINES = 3;

export async function collect(distribution: Distribution, run: PlannedRun): Promise<Collected> {
  for (const replica of without(distribution.replicas, run.without)) await requireReadOnly(replica);
  const { id } = await runCollection(distribution, run, 'collect', []);
  return { id, status: 'done' };
}

export async function* previewCollection(
  distribution: Distribution,
  run: PlannedRun,
): AsyncGenerator<{ digest: string; needed: boolean }> {
  for (const replica of without(distribution.replicas, run.without)) {
    requireOwnMemory(replica, await readConfig(replica));
    await requireSeen(replica);
  }
  const { id, replica } = await runCollection(distribution, run, 'preview', ['--dry-run']);
  const output = await readRemoteJobOutput(replica.host, id, { signal: distribution.meter.signal });
  for await (const line of createInterface({ input: output })) {
    const [, marked] = MARKED.exec(line) ?? [];
    if (marked !== undefined) yield { digest: marked, needed: true };
    const [, eligible] = ELIGIBLE.exec(line) ?? [];
    if (eligible !== undefined) yield { digest: eligible, needed: false };
  }
  // Asked again it looks again
  await removeRemoteJob(replica.host, id);
}

async function runCollection(
  { meter, replicas }: Distribution,
  { job, attempt = 1, without: gone }: PlannedRun,
  what: string,
  flags: string[],
): Promise<{ id: string; replica: DistributionReplica }> {
  const replica = without(replicas, gone)[0]!;
  const { host, entry } = replica;
  const id = `${job.replaceAll(/[^A-Za-z0-9]+/g, '-')}-${what}-${attempt}`;
  const { status, stderrTail, stdoutTail } = await runRemoteJob(host, {
    id,
    argv: [...entry.program, 'garbage-collect', ...flags, entry.configInside ?? entry.config],
    signal: meter.signal,
    cancel: 'terminate',
    onPoll: () => meter.moved(),
  });
  if (status === 0) return { id, replica };
  const log = (stderrTail.trim() || stdoutTail.trim()).split('\n').slice(-SHOWN_LINES).join(' | ');
  await removeRemoteJob(host, id);
  throw new TransshipError(
    'RegistryTaskFailed',
    `garbage-collect of replica ${replica.id} on ${host.name} ended with status ${status}: ${log}`,
    { id, status },
  );
}

async function requireReadOnly(replica: DistributionReplica): Promise<void> {
  const config = await readConfig(replica);
  const { text, restartDue } = config;
  if (!isReadOnly(text) || restartDue)
    throw new TransshipError(
      'RegistryRefused',
      `Replica ${replica.id} is not read-only: garbage-collect would take the blobs of a push for garbage.`,
    );
  requireOwnMemory(replica, config);
  await requireSeen(replica);
}

/** Before people are asked, too: to what cannot be done they need not agree. */
function requireOwnMemory(replica: DistributionReplica, { text }: ConfigFile): void {
  const cache = sharedCacheIn(text);
  if (cache !== undefined)
    throw new TransshipError(
      'RegistryRefused',
      `Replica ${replica.id} remembers blobs in ${cache}, also those that are removed: images that are pushed afterwards would lack them. Garbage is not collected there.`,
    );
}

async function requireSeen(replica: DistributionReplica): Promise<void> {
  if (isSeen(await listProcesses(replica))) return;
  const { id, host, entry } = replica;
  throw new TransshipError(
    'RegistryRefused',
    `The process of replica ${id} cannot be seen on ${host.name}, and so nobody knows whether another one collects or writes. Garbage is not collected. Let our user there see the processes of others (\`hidepid\` of /proc and its \`gid\`, or \`become\` of the host), and name the configuration as the process is started with it, which is not ${entry.configInside ?? entry.config}.`,
  );
}
