// Copies one storage to another as a migration does: planned and carried out by the activities, each tried again as
// Temporal does while its failure says that this can help.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Environment } from '../../activities/environment.ts';
import { fileOf } from '../../activities/journal/keys.ts';
import { readList } from '../../activities/journal/lines.ts';
import { openFilesystemStorage } from '../../activities/storage/filesystem/filesystem.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import type { WorkResult } from '../../activities/copying/work-list.ts';
import type { PassList, ShardResult, StorageActivities } from '../../contracts/storage-activities.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { DEFAULT_COPYING } from '../copying/copying-policy.ts';
import { forceClaim } from '../copying/force-claim.ts';
import { createStorageActivities } from '../copying/storage-activities.ts';
import { IMPATIENT } from '../support/impatient.ts';

const MAX_ATTEMPTS = 15;

export type PassOutcome = { list: PassList; shards: ShardResult[]; results: WorkResult[] };

/** One pass; what a copy that stops with a failure has done stays at the destination. */
export async function copyPass(
  source: Storage,
  destination: Storage,
  options: { final?: boolean } = {},
): Promise<PassOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'transship-journal-'));
  const journal = openFilesystemStorage(folder);
  const storages = new Map([
    ['journal', journal],
    ['source', source],
    ['destination', destination],
  ]);
  const activities = createStorageActivities({
    patience: IMPATIENT,
    inventory: { journal: 'journal', storages: {}, copying: DEFAULT_COPYING },
    openStorage: (name: string) => Promise.resolve(storages.get(name)),
  } as unknown as Environment);
  const pass = { job: 'jobs/test', pass: 1, source: 'source', destination: 'destination', yieldTo: null };
  await forceClaim({ journal, source, destination }, pass);
  try {
    const list = await perform(activities, 'planPass', { ...pass, final: options.final ?? false });
    const shards: ShardResult[] = [];
    const results: WorkResult[] = [];
    for (let shard = 0; shard < list.shards; shard += 1) {
      shards.push(await perform(activities, 'copyShard', { ...pass, shard }));
      results.push(...((await readList<WorkResult>(journal, fileOf('result', { ...pass, shard }))) ?? []));
    }
    return { list, shards, results };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** An error that is none of ours is a bug; one that says so is tried again. */
export async function persistently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TransshipError) || !error.retryable || attempt >= MAX_ATTEMPTS) throw error;
    }
  }
}

async function perform<Name extends keyof StorageActivities>(
  activities: StorageActivities,
  name: Name,
  request: Parameters<StorageActivities[Name]>[0],
): Promise<Awaited<ReturnType<StorageActivities[Name]>>> {
  const activity = (given: never): Promise<unknown> => activities[name](given);
  const result: unknown = await persistently(() =>
    new MockActivityEnvironment().run(activity as never, request),
  );
  return result as Awaited<ReturnType<StorageActivities[Name]>>;
}
