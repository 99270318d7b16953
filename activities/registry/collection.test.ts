// What was turned off comes back, also with the journal away, and what an earlier run has left off is found.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SavedSetting } from '../../contracts/registry-activities.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { fileOf } from '../journal/keys.ts';
import { openFilesystemStorage } from '../storage/filesystem/filesystem.ts';
import type { Storage } from '../storage/storage.ts';
import { findUnresumed, pauseCollection, resumeCollection } from './collection.ts';
import type { ControlPlane } from './control-plane.ts';

const job = 'jobs/registry-prod/1';
const ON: SavedSetting = {
  words: ['onlinegc @weekly', 'poll_mirror 0 */15 * * * *'],
  value: ['gc', 'mirror'],
};
const OFF: SavedSetting = { words: [], value: [] };

let dir: string;
let journal: Storage;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'transship-collection-'));
  journal = openFilesystemStorage(dir);
});
afterEach(() => rm(dir, { recursive: true }));

function registryWith(setting: SavedSetting): { registry: ControlPlane; now: () => SavedSetting } {
  let now = setting;
  const registry = {
    collectionSetting: async () => now,
    pauseCollection: async () => void (now = OFF),
    resumeCollection: async (saved: SavedSetting) => void (now = saved),
  } as unknown as ControlPlane;
  return { registry, now: () => now };
}

const failing = (how: () => Promise<never>): Storage => ({ ...journal, read: how, write: how });
const away = async (): Promise<never> => {
  throw new TransshipError('StorageUnavailable', 'the journal is away');
};

test('a journal that is away does not keep off what the workflow knows', async () => {
  const { registry, now } = registryWith(OFF);
  expect(await resumeCollection(registry, failing(away), { job, saved: ON })).toEqual({ resumed: ON.words });
  expect(now()).toEqual(ON);
  // Who knows nothing asks until the journal is back.
  await expect(resumeCollection(registry, failing(away), { job, saved: null })).rejects.toMatchObject({
    type: 'StorageUnavailable',
  });
});

test('what an earlier run has left off is found, until it is on again or known to stay off', async () => {
  const { registry } = registryWith(ON);
  await pauseCollection(registry, journal, job);
  const { key } = fileOf('collection', { job });
  expect(await findUnresumed(journal, 'prod', OFF)).toEqual([{ key, words: ON.words }]);
  expect(await findUnresumed(journal, 'other', OFF)).toEqual([]);
  // One of both is on again, in other words.
  expect(await findUnresumed(journal, 'prod', { ...OFF, words: ['onlinegc 0 0 0 * * 0'] })).toEqual([
    { key, words: ['poll_mirror 0 */15 * * * *'] },
  ]);
  await resumeCollection(registry, journal, { job, saved: ON });
  expect(await findUnresumed(journal, 'prod', OFF)).toEqual([]);
});

test('a run that has found nothing on has left nothing off', async () => {
  const { registry } = registryWith(OFF);
  await pauseCollection(registry, journal, job);
  expect(await findUnresumed(journal, 'prod', OFF)).toEqual([]);
});
