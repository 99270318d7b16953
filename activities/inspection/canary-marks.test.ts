// A mark is known by the journal until it is gone, and putting it right touches nothing but what was marked.

import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Inventory } from '../../contracts/inventory.ts';
import type { Canary, CanarySide } from '../../contracts/registry-activities.ts';
import { canaryConfig } from '../../domain/registries/canary.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { sha256 } from '../../test/support/digests.ts';
import { IMPATIENT } from '../../test/support/impatient.ts';
import type { Environment } from '../environment.ts';
import { openFilesystemStorage } from '../storage/filesystem/filesystem.ts';
import type { Storage } from '../storage/storage.ts';
import { findMarks } from './canary-marks.ts';
import { createInspectionActivities } from './inspection-activities.ts';

const job = 'jobs/registry-prod/run-1';

let dir: string;
let storages: Record<string, Storage>;
let canaries: Canary[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'transship-marks-'));
  storages = {};
  for (const name of ['journal', 'cold']) {
    await mkdir(join(dir, name));
    storages[name] = openFilesystemStorage(join(dir, name));
  }
  canaries = [randomUUID(), randomUUID()].map((id) => {
    const config = Buffer.from(canaryConfig(id, 'pushed'));
    const digest = `sha256:${sha256(config)}`;
    return { replica: '1', repository: 'a/b', tag: 't', id, digest, size: config.length, key: `blobs/${id}` };
  });
  for (const { id, key } of canaries) await put(key!, canaryConfig(id, 'pushed'));
});
afterEach(() => rm(dir, { recursive: true }));

const put = async (key: string, text: string): Promise<void> => {
  const bytes = Buffer.from(text);
  await storages['cold']!.write(key, bytes, { size: bytes.length, sha256: sha256(bytes) });
};
const inventory = {
  journal: 'journal',
  storages: { cold: { kind: 'filesystem', path: '/cold', boundTo: 'cellar' } },
} as unknown as Inventory;

async function write(side: CanarySide): Promise<void> {
  const environment = {
    inventory,
    patience: IMPATIENT,
    openStorage: async (name: string) => storages[name]!,
  } as unknown as Environment;
  const { writeCanaries } = createInspectionActivities(environment);
  await new MockActivityEnvironment().run(writeCanaries, { job, storage: 'cold', canaries, side });
}
const text = async (key: string): Promise<string> =>
  (await buffer(await storages['cold']!.read(key))).toString();
const marks = async () => await findMarks(storages['journal']!, inventory, 'prod');

test('a mark is on record from before it is made until it is gone', async () => {
  expect(await marks()).toEqual([]);
  const real = storages['cold']!;
  storages['cold'] = {
    ...real,
    write: () => Promise.reject(new TransshipError('StorageUnavailable', 'away')),
  };
  await expect(write('marked')).rejects.toMatchObject({ type: 'StorageUnavailable' });
  const found = {
    job,
    key: 'marks/jobs/registry-prod/run-1.json',
    storage: 'cold',
    boundTo: 'cellar',
    canaries,
  };
  expect(await marks()).toEqual([found]);
  expect(await findMarks(storages['journal']!, inventory, 'prod-2')).toEqual([]);

  storages['cold'] = real;
  await write('marked');
  for (const { id, key } of canaries) expect(await text(key!)).toBe(canaryConfig(id, 'marked'));
  expect(await marks()).toEqual([found]);
  await write('pushed');
  for (const { id, key } of canaries) expect(await text(key!)).toBe(canaryConfig(id, 'pushed'));
  expect(await marks()).toEqual([]);
});

test('what lies there by now and is not ours stays as it is', async () => {
  await write('marked');
  const [first, second] = canaries as [Canary, Canary];
  const theirs = canaryConfig(first.id, 'pushed').replace('amd64', 'arm64');
  expect(theirs).toHaveLength(first.size);
  await put(first.key!, theirs);
  await write('pushed');
  expect(await text(first.key!)).toBe(theirs);
  expect(await text(second.key!)).toBe(canaryConfig(second.id, 'pushed'));
  expect(await marks()).toEqual([]);
});

test('a mark stays on record while its canary is not to be seen, and the others are put right', async () => {
  await write('marked');
  const [first, second] = canaries as [Canary, Canary];
  await storages['cold']!.remove([first.key!]);
  await expect(write('pushed')).rejects.toMatchObject({
    type: 'StorageMismatch',
    message: expect.stringContaining(`does not show ${first.key}`) as string,
  });
  expect(await text(second.key!)).toBe(canaryConfig(second.id, 'pushed'));
  expect(await storages['cold']!.stat(first.key!)).toBeUndefined();
  expect(await marks()).toHaveLength(1);
  await put(first.key!, canaryConfig(first.id, 'marked'));
  await write('pushed');
  expect(await text(first.key!)).toBe(canaryConfig(first.id, 'pushed'));
  expect(await marks()).toEqual([]);
});

test('a journal that is away does not keep the mark', async () => {
  await write('marked');
  storages['journal'] = {
    ...storages['journal']!,
    remove: () => Promise.reject(new TransshipError('StorageUnavailable', 'the journal is away')),
  };
  await write('pushed');
  for (const { id, key } of canaries) expect(await text(key!)).toBe(canaryConfig(id, 'pushed'));
});
