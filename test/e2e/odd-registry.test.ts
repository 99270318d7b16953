// Whole migrations of a registry that is not as one expects: on the volume that its replica made for itself, with people and
// policies that write in the window, and with a bootstrapper that says "done" and is not. What always holds: nothing that was
// acknowledged is lost, nothing is destroyed that was not proved, and pushes go on afterwards.

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Inventory } from '../../contracts/inventory.ts';
import type { MigrationResult, MigrationStatus } from '../../contracts/migration.ts';
import { MIGRATION_WORKFLOW_TYPE, type MigrationPath, TASK_QUEUE } from '../../contracts/names.ts';
import { makeImage } from '../../lab/content/images.ts';
import { textLayer } from '../../lab/content/layers.ts';
import { pullAll } from '../../lab/content/pull-all.ts';
import { pushImage } from '../../lab/content/push-image.ts';
import { labApi, labClient, labDown, type LabStatus, labUp } from '../../lab/estate/estate.ts';
import { dtrDir } from '../../lab/estate/registry.ts';
import { startWorker } from '../../lab/servers/worker.ts';
import { changeHabits } from '../../lab/stand-ins/dtr/cluster.ts';
import { callApi } from '../registry/registry-rig.ts';

const E2E_TIMEOUT_MS = 300_000;
const POLL_INTERVAL_MS = 100;
const REPLICA = '000000000001';
const NAMED = 'docker/registry/v2/blobs/id';
const TAKEN_ALONG = `dtr-new-${REPLICA}`;

let dir: string;
let lab: LabStatus;
let connection: Connection;
let ca: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'transship-e2e-'));
  lab = await labUp({
    dir,
    usualPorts: false,
    replicas: 1,
    storage: 'default',
    content: 'small',
    worker: false,
  });
  // As after an upgrade from 2.5: what is there lies under digests, what comes under ids
  await changeHabits(dtrDir(dir), { namesBlobs: true });
  ca = await readFile(lab.registry.ca, 'utf8');
  await mkdir(volume(TAKEN_ALONG), { recursive: true });
  await workOnMore();
  connection = await Connection.connect({ address: lab.temporal.address });
  await push('before-all');
}, E2E_TIMEOUT_MS);

afterAll(async () => {
  await connection.close();
  await labDown(dir);
  await rm(dir, { recursive: true, force: true });
});

it('is not moved to a volume that goes when its replica is taken down', async () => {
  const handle = await start('best-practice', { destination: 'taken-along', dryRun: true });
  expect(await failureOf(handle)).toMatchObject({
    type: 'PreflightFailed',
    message: expect.stringContaining(`name of a volume of replica ${REPLICA}`) as string,
  });
});

const inTheWindow: [what: string, act: () => Promise<void>][] = [
  [
    'somebody turns read-only off and pushes',
    async () => {
      await api('POST', 'meta/settings', { readOnlyRegistry: false });
      await expect
        .poll(async () => await push('in-the-window').catch(() => null), { timeout: 30_000 })
        .toBe(true);
    },
  ],
  [
    'a policy mirrors a tag past read-only',
    async () => {
      const parameters = { repository: 'admin/web', from: 'latest', tag: 'mirrored' };
      await api('POST', 'jobs', { action: 'poll_mirror', parameters });
    },
  ],
];

it.each(inTheWindow)(
  'loses nothing when %s in the window: all is undone before anything is destroyed',
  async (_what, act) => {
    const crons = await schedules();
    const handle = await start('best-practice');
    await follow(handle, {}, async ({ step }) => {
      if (step.id !== 'back-up-final') return false;
      await act();
      return true;
    });
    expect(await failureOf(handle)).toMatchObject({ type: 'SourceUnstable' });
    expect(await schedules()).toEqual(crons);
    await everythingIsServed(['before-all']);
    expect(await push('after-the-undoing')).toBe(true);
  },
  E2E_TIMEOUT_MS,
);

it(
  'is asked where it is after a reconfigure that changed nothing, and goes back by the choice of a person',
  async () => {
    await changeHabits(dtrDir(dir), { reconfigureKeepsStorage: true });
    const handle = await start('read-only', { destination: 'volume-new' });
    const asked = await follow(handle, { recovery: 'switch-back' });
    await changeHabits(dtrDir(dir), { reconfigureKeepsStorage: false });

    expect(asked.get('recovery')?.waitingFor).toMatchObject({
      text: expect.stringContaining('which is prod-default, and not by volume-new') as string,
      choices: ['try-again', 'switch-back', 'stay-read-only'],
    });
    expect(await failureOf(handle)).toMatchObject({ type: 'VerificationFailed' });
    expect(await push('after-the-way-back')).toBe(true);
  },
  E2E_TIMEOUT_MS,
);

it(
  'leaves its own volume by the best practice path, which takes it away, and is whole on the new storage',
  async () => {
    expect((await readdir(join(volume(`dtr-registry-${REPLICA}`), NAMED))).length).toBeGreaterThan(0);
    await changeHabits(dtrDir(dir), { backupForgetsReadOnly: true });
    const crons = await schedules();
    const handle = await start('best-practice');
    await follow(handle, {});
    expect((await handle.result()) as MigrationResult).toMatchObject({ outcome: 'migrated' });

    expect(await readdir(volume(`dtr-registry-${REPLICA}`)).catch(() => [])).toEqual([]);
    await everythingIsServed(['before-all', 'in-the-window', 'after-the-undoing', 'after-the-way-back']);
    expect(await schedules()).toEqual(crons);
    expect(await push('on-the-new-storage')).toBe(true);
  },
  E2E_TIMEOUT_MS,
);

const volume = (name: string): string => join(dir, 'hosts/node1/volumes', name, '_data');

/** A worker that knows one more storage. */
async function workOnMore(): Promise<void> {
  const inventory = parse(await readFile(lab.inventory, 'utf8')) as Inventory;
  inventory.storages['taken-along'] = { kind: 'host', host: 'node1', volume: TAKEN_ALONG };
  await writeFile(lab.inventory, stringify(inventory));
  await startWorker(dir, { inventory: lab.inventory, temporalAddress: lab.temporal.address });
}

type Asked = Map<string, MigrationStatus>;

async function start(
  path: MigrationPath,
  { destination = 's3-prod', dryRun = false } = {},
): Promise<WorkflowHandle> {
  return await new Client({ connection }).workflow.start(MIGRATION_WORKFLOW_TYPE[path], {
    workflowId: 'registry-prod',
    taskQueue: TASK_QUEUE,
    args: [{ registry: 'prod', destination, window: { budget: '10m' }, dryRun }],
  });
}

/** Approves what is asked until it ends; what it looked like at each question. `act` is called until it returns true. */
async function follow(
  handle: WorkflowHandle,
  choices: Record<string, string>,
  act: (status: MigrationStatus) => Promise<boolean> = async () => true,
): Promise<Asked> {
  const asked: Asked = new Map();
  let acted = false;
  for (;;) {
    const status = await handle.query<MigrationStatus>('status').catch(() => null);
    if (status === null || status.phase === 'done' || status.phase === 'failed') return asked;
    acted ||= await act(status);
    if (status.waitingFor !== null) {
      const { id: question, topic, planDigest } = status.waitingFor;
      asked.set(topic, status);
      const choice = choices[topic];
      await handle.signal('approve', { question, planDigest, by: 'operator@lab', ...(choice && { choice }) });
    }
    await sleep(POLL_INTERVAL_MS);
  }
}

type Failure = { type?: string; message: string; cause?: Failure };

const innermost = (failure: Failure): Failure =>
  failure.cause === undefined ? failure : innermost(failure.cause);

const failureOf = async (handle: WorkflowHandle): Promise<Failure> =>
  await handle.result().then(
    () => ({ message: 'it did not fail' }),
    (error: unknown) => innermost(error as Failure),
  );

const api = async (method: string, path: string, body?: unknown): Promise<unknown> =>
  await callApi(`https://${lab.registry.host}`, ca, lab.registry.password, method, path, body);

const schedules = async (): Promise<unknown> => {
  const { crons } = (await api('GET', 'crons')) as { crons: { action: string; schedule: string }[] };
  return crons.map(({ action, schedule }) => `${action} ${schedule}`).sort();
};

/** Acknowledged. */
async function push(tag: string): Promise<true> {
  const client = await labClient(dir);
  try {
    await pushImage(client, 'admin/web', tag, makeImage('docker', tag, [await textLayer(tag, 5_000)]));
    return true;
  } finally {
    await client.close();
  }
}

/** Every tag that is listed, whole; and these are listed. */
async function everythingIsServed(wanted: string[]): Promise<void> {
  const [client, dtr] = [await labClient(dir), await labApi(dir)];
  try {
    const tags = await dtr.listTags();
    expect(tags.map(({ tag }) => tag)).toEqual(expect.arrayContaining(wanted));
    expect(await pullAll(client, tags)).toMatchObject({ pulled: tags.length, problems: [] });
  } finally {
    await client.close();
    await dtr.close();
  }
}
