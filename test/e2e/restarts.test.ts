// What people fear to do while a migration runs, done in its window: a host restarts under a command, and then everything is
// killed at once, Temporal and the registry included, and started again. Somebody pushes all the while. It goes on, and
// pushes are taken afterwards, the schedules are as they were, and no acknowledged push is lost; and a pause outlives its worker.

import { access, chmod, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { MigrationResult, MigrationStatus } from '../../contracts/migration.ts';
import { MIGRATION_WORKFLOW_TYPE, type MigrationPath, TASK_QUEUE } from '../../contracts/names.ts';
import { pullAll } from '../../lab/content/pull-all.ts';
import { type Pusher, startPusher } from '../../lab/content/pusher.ts';
import { labApi, labClient, labDown, type LabStatus, labUp } from '../../lab/estate/estate.ts';
import { killProcess, listProcesses } from '../../lab/process.ts';
import { sshProcessName } from '../../lab/servers/ssh-hosts.ts';
import { TEMPORAL_PROCESS } from '../../lab/servers/temporal.ts';
import { startWorker, WORKER_PROCESS } from '../../lab/servers/worker.ts';
import { huntFiles, huntHistories, type Secrets, secretsOf } from './secret-hunt.ts';

const E2E_TIMEOUT_MS = 300_000;
const POLL_INTERVAL_MS = 100;
const NODE = 'node1';

let dir: string;
let lab: LabStatus;
let connection: Connection;
let secrets: Secrets;
let pusher: Pusher;
let stopPushing: () => Promise<void>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'transship-e2e-'));
  lab = await labUp({ dir, usualPorts: false, replicas: 1, storage: 'volume', content: 'small' });
  secrets = await secretsOf(dir);
  connection = await Connection.connect({ address: lab.temporal.address });
  const client = await labClient(dir);
  pusher = startPusher(client, { repositories: ['admin/pushed'], intervalMs: 200 });
  stopPushing = async () => {
    await pusher.stop();
    await client.close();
  };
}, E2E_TIMEOUT_MS);

afterAll(async () => {
  await stopPushing?.();
  await connection?.close();
  await labDown(dir);
  await rm(dir, { recursive: true, force: true });
});

it(
  'a host that restarts under the final backup takes it again, and goes on',
  async () => {
    const crons = await schedules();
    const hold = await holdBackups();
    const handle = await start('best-practice', 's3-prod');
    await follow(handle, async ({ step, waitingFor }) => {
      // The first backup is done
      if (waitingFor?.topic === 'window') await hold.on();
      if (step.id !== 'back-up-final' || !(await hold.isHeld())) return false;
      await killProcess(dir, sshProcessName(NODE));
      await hold.kill();
      await hold.off();
      await labUp({ dir });
      return true;
    });
    expect((await handle.result()) as MigrationResult).toMatchObject({ outcome: 'migrated', problems: 0 });
    await expectWell(crons);
  },
  E2E_TIMEOUT_MS,
);

it(
  'everything that is killed in the window and started again goes on, after a pause that outlives its worker',
  async () => {
    await tellOf('s3-prod');
    const crons = await schedules();
    const handle = await start('read-only', 'volume-new');
    let [paused, killed] = [false, false];
    await follow(handle, async ({ waitingFor, window }) => {
      if (!paused && waitingFor?.topic === 'plan') {
        paused = true;
        await holdAndGoOn(handle);
      }
      if (killed || window.openedAt === null || window.closedAt !== null) return killed;
      killed = true;
      for (const { name, state } of await listProcesses(dir))
        if (state === 'running') await killProcess(dir, name).catch(() => undefined);
      await labUp({ dir });
      return true;
    });
    expect((await handle.result()) as MigrationResult).toMatchObject({ outcome: 'migrated', problems: 0 });
    expect([paused, killed]).toEqual([true, true]);
    await expectWell(crons);
  },
  E2E_TIMEOUT_MS,
);

it('no secret was seen meanwhile', async () => {
  const { findings, histories } = await huntHistories(new Client({ connection }), secrets);
  expect(histories).toBeGreaterThan(2);
  expect(findings).toEqual([]);
  for (const folder of ['logs', 'journal'])
    expect((await huntFiles(join(dir, folder), secrets)).findings).toEqual([]);
});

/** Paused before the plan is approved, it holds before the first step, also with another worker. */
async function holdAndGoOn(handle: WorkflowHandle): Promise<void> {
  await handle.executeUpdate('pause', { args: [{ by: 'ops', reason: 'a new worker' }] });
  const { waitingFor } = await handle.query<MigrationStatus>('status');
  const { id: question, planDigest } = waitingFor!;
  await handle.signal('approve', { question, planDigest, by: 'operator@lab' });
  const paused = async () => (await handle.query<MigrationStatus>('status').catch(() => null))?.paused;
  await expect.poll(paused, { timeout: 60_000 }).toMatchObject({ holds: true });
  await killProcess(dir, WORKER_PROCESS);
  await startWorker(dir, { inventory: lab.inventory, temporalAddress: lab.temporal.address });
  await expect.poll(paused, { timeout: 60_000 }).toMatchObject({ by: 'ops', holds: true });
  expect((await handle.query<MigrationStatus>('status')).step.id).toBe('pause-collection');
  await handle.executeUpdate('resume', { args: [{ by: 'ops' }] });
}

/** A `docker` whose backups wait while they are held. */
async function holdBackups() {
  const docker = join(dir, 'hosts', NODE, 'bin', 'docker');
  const [held, waiting] = [join(dir, 'hold'), join(dir, 'held')];
  await rename(docker, `${docker}.real`);
  const script = `#!/bin/sh\ncase " $* " in *" backup "*) if [ -e '${held}' ]; then echo $$ > '${waiting}'; exec sleep 600; fi ;; esac\nexec '${docker}.real' "$@"\n`;
  await writeFile(docker, script);
  await chmod(docker, 0o755);
  return {
    on: () => writeFile(held, ''),
    isHeld: () =>
      access(waiting).then(
        () => true,
        () => false,
      ),
    off: () => rename(`${docker}.real`, docker),
    kill: async () => {
      const pid = Number(await readFile(waiting, 'utf8'));
      // The connection goes first: nobody is told how the command ended
      process.kill(await sessionOf(pid), 'SIGKILL');
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    },
  };
}

/** As after every migration; Temporal goes, too, because a migration waits until it has forgotten a worker of another inventory. */
async function tellOf(storage: string): Promise<void> {
  const inventory = await readFile(lab.inventory, 'utf8');
  await writeFile(lab.inventory, inventory.replace('storage: prod-volume', `storage: ${storage}`));
  for (const name of [WORKER_PROCESS, TEMPORAL_PROCESS]) await killProcess(dir, name);
  await labUp({ dir });
}

/** The process of sshd that serves the connection in which the process runs. */
async function sessionOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
  const parent = Number(stat.slice(stat.lastIndexOf(')')).split(' ')[2]);
  const command = await readFile(`/proc/${parent}/cmdline`, 'latin1');
  return command.startsWith('sshd') ? parent : await sessionOf(parent);
}

const start = async (path: MigrationPath, destination: string): Promise<WorkflowHandle> =>
  await new Client({ connection }).workflow.start(MIGRATION_WORKFLOW_TYPE[path], {
    workflowId: 'registry-prod',
    taskQueue: TASK_QUEUE,
    args: [{ registry: 'prod', destination, window: { budget: '10m' } }],
  });

/** Approves what is asked until it ends. `act` is called until it returns true. */
async function follow(
  handle: WorkflowHandle,
  act: (status: MigrationStatus) => Promise<boolean>,
): Promise<void> {
  let acted = false;
  for (;;) {
    const status = await handle.query<MigrationStatus>('status').catch(() => null);
    if (status?.phase === 'done' || status?.phase === 'failed') return;
    if (status !== null && !acted) acted = await act(status);
    if (status?.waitingFor) {
      const { id: question, planDigest } = status.waitingFor;
      await handle.signal('approve', { question, planDigest, by: 'operator@lab' }).catch(() => undefined);
    }
    await sleep(POLL_INTERVAL_MS);
  }
}

async function schedules(): Promise<unknown> {
  const api = await labApi(dir);
  try {
    return await api.schedules();
  } finally {
    await api.close();
  }
}

/** The user's next push is taken, the schedules are as they were, and all that was acknowledged is served whole. */
async function expectWell(crons: unknown): Promise<void> {
  const { length } = pusher.log.acknowledged;
  await expect.poll(() => pusher.log.acknowledged.length, { timeout: 60_000 }).toBeGreaterThan(length + 1);
  expect(await schedules()).toEqual(crons);
  const client = await labClient(dir);
  const api = await labApi(dir);
  try {
    const pushed = [...pusher.log.acknowledged];
    const listed = await api.listTags();
    expect((await pullAll(client, [...listed, ...pushed])).problems).toEqual([]);
  } finally {
    await client.close();
    await api.close();
  }
}
