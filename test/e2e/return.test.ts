// A registry that was moved from a volume to S3, lives there and goes back: every push and every tag is there, what was
// deleted stays deleted, and what somebody else put on the old volume meanwhile stops it before anything is done.

import { access, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Inventory } from '../../contracts/inventory.ts';
import type { MigrationResult, MigrationStatus } from '../../contracts/migration.ts';
import { type Image, makeImage } from '../../lab/content/images.ts';
import { textLayer } from '../../lab/content/layers.ts';
import { pullAll } from '../../lab/content/pull-all.ts';
import { pushImage } from '../../lab/content/push-image.ts';
import { startPusher } from '../../lab/content/pusher.ts';
import type { RegistryClient } from '../../lab/content/registry-client.ts';
import { labApi, labClient, labDown, type LabStatus, labUp } from '../../lab/estate/estate.ts';
import { stopProcess } from '../../lab/process.ts';
import { startWorker, WORKER_PROCESS } from '../../lab/servers/worker.ts';
import { blobKey } from '../copying/registry-tree.ts';
import { callApi } from '../registry/registry-rig.ts';

const E2E_TIMEOUT_MS = 300_000;
const POLL_INTERVAL_MS = 100;
const REPOSITORY = 'admin/web';

let dir: string;
let lab: LabStatus;
let ca: string;
let connection: Connection;
let registry: RegistryClient;
const images: Record<string, Image> = {};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'transship-e2e-'));
  lab = await labUp({ dir, usualPorts: false, replicas: 1, storage: 'volume', content: 'small' });
  ca = await readFile(lab.registry.ca, 'utf8');
  connection = await Connection.connect({ address: lab.temporal.address });
  registry = await labClient(dir);
  for (const tag of ['stays', 'goes', 'moves']) await push(tag, tag);
  await ended(await start('readOnlyMigration', { destination: 's3-prod' }));
  await useInInventory('s3-prod');

  await push('came', 'came');
  await push('moves', 'moved');
  await api('DELETE', `repositories/${REPOSITORY}/tags/goes`);
  await collectGarbage();
}, E2E_TIMEOUT_MS);

afterAll(async () => {
  await registry.close();
  await connection.close();
  await labDown(dir);
  await rm(dir, { recursive: true, force: true });
});

it('is refused while the old volume holds what somebody else wrote there, which stays', async () => {
  const key = blobKey('ab'.repeat(32));
  await mkdir(dirname(onVolume(key)), { recursive: true });
  await writeFile(onVolume(key), 'of another registry');
  await expect(ended(await start('returnToPreviousStorage'))).rejects.toMatchObject({
    type: 'PreflightFailed',
    message: expect.stringMatching(
      `1 of the objects there .* by somebody else: for example ${key}`,
    ) as string,
  });
  expect(await readFile(onVolume(key), 'utf8')).toBe('of another registry');
  expect(await isThere(onVolume(layerOf('goes')))).toBe(true);
  await rm(onVolume(key));
});

it(
  'has every push and every tag, and nothing that was deleted',
  async () => {
    const before = (await stat(onVolume(layerOf('stays')))).mtimeMs;
    const pusher = startPusher(registry, { repositories: [REPOSITORY], prefix: 'while', intervalMs: 100 });
    const result = await ended(await start('returnToPreviousStorage'));
    const { acknowledged } = await pusher.stop();
    expect(result).toMatchObject({ outcome: 'migrated', destination: 'prod-volume', problems: 0 });
    // What is on the volume already is not copied again
    expect((await stat(onVolume(layerOf('stays')))).mtimeMs).toBe(before);
    const listed = await linesOf(result.plan.replace('plan.txt', 'superseded.ndjson'));
    expect(listed.map(({ op, key }) => `${op} ${key}`)).toContain(`removed ${layerOf('goes')}`);
    expect(await readFile(inJournal(result.plan), 'utf8')).toContain(
      `${listed.length} objects that the source no longer has will be removed and 0 that have changed`,
    );
    expect(await isThere(onVolume(layerOf('goes')))).toBe(false);

    await rename(bucket(), `${bucket()}-taken-away`);
    const tags = await allTags();
    expect(tags).toEqual(
      expect.arrayContaining(
        acknowledged.map(({ repository, tag, digest }) => ({ repository, tag, digest })),
      ),
    );
    expect(acknowledged.length).toBeGreaterThan(0);
    const own = tags.filter(({ repository, tag }) => repository === REPOSITORY && tag in images);
    expect(Object.fromEntries(own.map(({ tag, digest }) => [tag, digest]))).toEqual({
      stays: images['stays']!.digest,
      moves: images['moved']!.digest,
      came: images['came']!.digest,
    });
    expect(await pullAll(registry, tags)).toMatchObject({ pulled: tags.length, problems: [] });
    await rename(`${bucket()}-taken-away`, bucket());
  },
  E2E_TIMEOUT_MS,
);

const onVolume = (key: string): string => join(dir, 'shared/registry-data/_data', key);
const inJournal = (key: string): string => join(dir, 'journal', key);
const bucket = (): string => join(dir, 's3/registry-prod');
const layerOf = (tag: string): string => blobKey(images[tag]!.blobs.at(-1)!.digest.slice('sha256:'.length));
const isThere = async (path: string): Promise<boolean> =>
  await access(path).then(
    () => true,
    () => false,
  );

const linesOf = async (key: string): Promise<{ op: string; key: string }[]> =>
  (await readFile(inJournal(key), 'utf8'))
    .trimEnd()
    .split('\n')
    .slice(1, -1)
    .map((line) => JSON.parse(line) as { op: string; key: string });

const api = async (method: string, path: string, body?: unknown): Promise<unknown> =>
  await callApi(`https://${lab.registry.host}`, ca, lab.registry.password, method, path, body);

/** The tag gets an image of a name, with a layer of its own. */
async function push(tag: string, name: string): Promise<void> {
  images[name] = makeImage('docker', name, [await textLayer(`only ${name}`, 5_000)]);
  await pushImage(registry, REPOSITORY, tag, images[name]);
}

async function allTags(): Promise<{ repository: string; tag: string; digest: string }[]> {
  const dtr = await labApi(dir);
  try {
    return await dtr.listTags();
  } finally {
    await dtr.close();
  }
}

async function collectGarbage(): Promise<void> {
  const { id } = (await api('POST', 'jobs', { action: 'onlinegc' })) as { id: string };
  for (;;) {
    const { status } = (await api('GET', `jobs/${id}`)) as { status: string };
    if (status === 'done') return;
    if (!['waiting', 'running'].includes(status)) throw new Error(`the collection is ${status}`);
    await sleep(POLL_INTERVAL_MS);
  }
}

/** As a person does it after a migration. */
async function useInInventory(storage: string): Promise<void> {
  const inventory = parse(await readFile(lab.inventory, 'utf8')) as Inventory;
  inventory.registries['prod']!.storage = storage;
  await writeFile(lab.inventory, stringify(inventory));
  await stopProcess(dir, WORKER_PROCESS);
  await startWorker(dir, { inventory: lab.inventory, temporalAddress: lab.temporal.address });
}

async function start(type: string, more: { destination?: string } = {}): Promise<WorkflowHandle> {
  return await new Client({ connection }).workflow.start(type, {
    workflowId: 'registry-prod',
    taskQueue: 'transship',
    args: [{ registry: 'prod', window: { budget: '10m' }, ...more }],
  });
}

/** Approves what is asked until it ends; what ended it. */
async function ended(handle: WorkflowHandle): Promise<MigrationResult> {
  let isOver = false;
  const result = handle.result().finally(() => {
    isOver = true;
  });
  result.catch(() => undefined);
  while (!isOver) {
    const status = await handle.query<MigrationStatus>('status').catch(() => null);
    if (status?.waitingFor) {
      const { id: question, planDigest } = status.waitingFor;
      await handle.signal('approve', { question, planDigest, by: 'operator@lab' }).catch(() => undefined);
    }
    await sleep(POLL_INTERVAL_MS);
  }
  try {
    return (await result) as MigrationResult;
  } catch (error) {
    throw innermost(error as Error);
  }
}

const innermost = (failure: Error): Error =>
  failure.cause instanceof Error ? innermost(failure.cause) : failure;
