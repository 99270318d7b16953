// The whole restore of a plain registry: the real workflow on two real processes of Distribution 3 whose content is gone. Only
// the id of the workflow is the test's own.

import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openFilesystemStorage } from '../../activities/storage/filesystem/filesystem.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import type { SetManifest } from '../../contracts/backup.ts';
import { WORKFLOW_TYPES } from '../../contracts/names.ts';
import type { RestoreResult } from '../../contracts/restore.ts';
import { contentKey, setFileKey } from '../../domain/backup/set.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { makeImage } from '../../lab/content/images.ts';
import { textLayer } from '../../lab/content/layers.ts';
import { pushImage } from '../../lab/content/push-image.ts';
import { type Activities, createActivities } from '../../worker/activities.ts';
import { altered } from '../copying/copying-rig.ts';
import { type DistributionRig, startDistributionRig } from '../registry/distribution-rig.ts';
import { activityEnvironment } from '../registry/registry-rig.ts';
import { restoreSubject } from '../workflows/fake-activities.ts';
import { failureOf, type Rig, type RunningMigration, startRig } from '../workflows/rig.ts';
import { backupsRig, type BackupsRig } from './backups-rig.ts';

let temporal: Rig;
let rig: DistributionRig;
let backups: BackupsRig;
let set: SetManifest;
let wholeSets: string;
let runs = 0;

const push = async (tag: string, text: string): Promise<void> => {
  const image = makeImage('oci', tag, [await textLayer(text, 3_000), await textLayer('shared', 40_000)]);
  await pushImage(rig.client, 'dev/app', tag, image);
};
const configs = async (): Promise<string[]> =>
  await Promise.all(rig.entry.replicas.map(({ config }) => readFile(config, 'utf8')));
const objects = async (): Promise<string[]> =>
  (await Array.fromAsync(openFilesystemStorage(rig.images).list({}))).map(({ key }) => key);
const disaster = async (): Promise<void> => {
  await rm(rig.images, { recursive: true });
  await mkdir(rig.images);
};
/** What fails reaches Temporal by its type. */
const asWorkersDo = (activities: Activities): Activities =>
  Object.fromEntries(
    Object.entries(activities).map(([name, activity]) => [
      name,
      async (request: never) => {
        try {
          return await (activity as (one: never) => Promise<unknown>)(request);
        } catch (error) {
          if (!(error instanceof TransshipError)) throw error;
          const { type, message, retryable } = error;
          throw ApplicationFailure.create({ type, message, nonRetryable: !retryable });
        }
      },
    ]),
  ) as unknown as Activities;
const datas = (keys: string[]): number => keys.filter((key) => key.endsWith('/data')).length;
const run = async <T>(
  body: (operation: RunningMigration) => Promise<T>,
  { on = backups, destination = 'source' } = {},
): Promise<T> => {
  runs += 1;
  const job = `jobs/registry-prod/restore-${runs}`;
  const replicas = rig.entry.replicas.map(({ id }) => id);
  const subject = { ...restoreSubject, job, set: set.id, destination, replicas };
  const { activities: real } = createActivities(on.environment);
  const activities = { ...asWorkersDo(real), resolveRestore: async () => subject };
  const options = { workflowType: WORKFLOW_TYPES.restore, input: { registry: 'prod' } };
  return await temporal.run(activities, body, options);
};
const restored = async (operation: RunningMigration): Promise<RestoreResult> => {
  await operation.decide('restore');
  return (await operation.result()) as unknown as RestoreResult;
};

beforeAll(async () => {
  temporal = await startRig();
  rig = await startDistributionRig('v3');
  backups = await backupsRig(rig.environment);
  await push('v1', 'one');
  await push('v2', 'two');
  set = await backups.backUp({
    before: async (step) => {
      await push(`during-${step}`, step);
      await push('moving', step);
    },
  });
  wholeSets = `${backups.folder}-whole`;
  await cp(backups.folder, wholeSets, { recursive: true });
});

beforeEach(async () => {
  await rm(backups.folder, { recursive: true });
  await cp(wholeSets, backups.folder, { recursive: true });
});

afterAll(async () => {
  await rm(wholeSets, { recursive: true, force: true });
  await backups.stop();
  await rig.stop();
  await temporal.close();
});

test('tags that are newer than the set are listed in the plan, and go', async () => {
  await mkdir(join(rig.dir, 'empty'), { recursive: true });
  const on = backups.otherwise({ storages: { empty: openFilesystemStorage(join(rig.dir, 'empty')) } });
  const { storages } = on.environment.inventory;
  storages['empty'] = { kind: 'filesystem', path: join(rig.dir, 'empty') };
  await push('newer', 'newer');
  const ended = await run(
    async (operation) => {
      await operation.waitFor('the plan', ({ waitingFor }) => waitingFor !== null);
      const plan = await temporal.client.workflow
        .getHandle(operation.workflowId)
        .query<{ text: string }>('plan');
      await operation.decide('restore', 'reject');
      return { plan: plan.text, failure: await failureOf(operation) };
    },
    { on, destination: 'empty' },
  );
  expect(ended.failure.type).toBe('ApprovalRejected');
  expect(ended.plan).toMatch(/dev\/app:newer sha256:\w+ is not in the set/);
  expect(ended.plan).not.toContain('dev/app:v1 ');
});

test('a destination that holds what the set does not have is refused, and nothing is touched', async () => {
  const before = await objects();
  const ended = await run(failureOf);
  expect(ended.type).toBe('PreflightFailed');
  expect(ended.message).toContain('objects that the set does not have');
  expect(await objects()).toEqual(before);
});

test('a damaged set is refused before anything is touched', async () => {
  await disaster();
  const file = join(backups.folder, setFileKey('prod', set.id, 'blobs.ndjson'));
  await writeFile(file, (await readFile(file, 'utf8')).replace('"size":', '"sizf":'));
  const before = await configs();
  const ended = await run(failureOf);
  expect(ended.type).toBe('SetInvalid');
  expect(ended.message).toContain('blobs.ndjson');
  expect(await configs()).toEqual(before);
  expect(await objects()).toEqual([]);
});

test('content with other bytes than its name says comes to no registry, and pushes are accepted again', async () => {
  await disaster();
  const lines = await readFile(join(backups.folder, setFileKey('prod', set.id, 'blobs.ndjson')), 'utf8');
  const { sha256 } = JSON.parse(lines.split('\n')[0]!) as { sha256: string };
  const file = join(backups.folder, contentKey(sha256));
  const bytes = await readFile(file);
  bytes[3]! ^= 1;
  await writeFile(file, bytes);
  const before = await configs();
  const ended = await run(async (operation) => {
    await operation.decide('restore');
    return await failureOf(operation);
  });
  expect(ended).toMatchObject({ type: 'SetInvalid' });
  expect(ended.message).toContain(sha256);
  expect(await configs()).toEqual(before);
  expect((await objects()).filter((key) => key.endsWith('/link'))).toEqual([]);
  await push('accepted', 'accepted');
});

test('what is killed while images are restored leaves no link without its blob, and is gone on with', async () => {
  await disaster();
  const real = openFilesystemStorage(rig.images);
  const dying = (after: number): Storage => {
    let writes = 0;
    return altered(real, {
      write: async (...args: Parameters<Storage['write']>) => {
        writes += 1;
        if (writes > after) throw new Error('killed');
        return await real.write(...args);
      },
      writeMany: undefined,
      writeLent: undefined,
    });
  };
  const request = {
    ...{ job: 'jobs/registry-prod/killed', repository: 'main', registry: 'prod' },
    ...{ set: set.id, storage: 'source' },
  };
  const restoring = async ({ environment }: BackupsRig): Promise<{ written: number; kept: number }> => {
    const { activities } = createActivities(environment);
    return await activityEnvironment().run(async () => await activities.restoreContent(request));
  };
  for (const after of [2, 5]) {
    const on = backups.otherwise({ storages: { source: dying(after) } });
    await expect(restoring(on)).rejects.toThrow('killed');
    const keys = await objects();
    expect(datas(keys)).toBe(keys.length);
  }
  const on = backups.otherwise({ storages: { source: dying(set.counts.blobs) } });
  await expect(restoring(on)).rejects.toThrow('killed');
  const keys = await objects();
  expect(datas(keys)).toBe(set.counts.blobs);
  const { written, kept } = await restoring(backups);
  expect(kept).toBe(keys.length);
  expect(written).toBeGreaterThan(0);
});

test('a registry whose content is gone is what it was when the set was made, and takes pushes', async () => {
  await disaster();
  const before = await configs();
  const result = await run(restored);
  expect(result).toMatchObject({ outcome: 'restored', tags: set.counts.tags, kept: 0 });
  for (const tag of ['v1', 'v2', 'during-backUpTree'])
    expect(await rig.client.getManifest('dev/app', tag)).toBeDefined();
  expect((await rig.client.listTags()).map(({ tag }) => tag)).not.toContain('newer');
  await push('after', 'after');
  expect((await configs()).map((text) => text.includes('readonly'))).toEqual(
    before.map((text) => text.includes('readonly')),
  );
});

test('a restore of what is there already writes nothing, and damage is healed', async () => {
  await disaster();
  await run(restored);
  const damaged = (await objects()).find((key) => key.endsWith('/data'))!;
  const file = join(rig.images, damaged);
  const bytes = await readFile(file);
  bytes[3]! ^= 1;
  await writeFile(file, bytes);
  const result = await run(restored);
  expect(result.written).toBe(1);
  expect((await readFile(file)).equals(bytes)).toBe(false);
});
