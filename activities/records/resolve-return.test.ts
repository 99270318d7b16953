// A registry goes back to where the journal says that it came from, and what to do instead is said where it came from nowhere.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Inventory } from '../../contracts/inventory.ts';
import type { ReturnInput } from '../../contracts/migration.ts';
import { named } from '../../test/workflows/fake-activities.ts';
import type { Claim } from '../copying/claim.ts';
import { fileOf } from '../journal/keys.ts';
import { writeRecord } from '../journal/record.ts';
import { openFilesystemStorage } from '../storage/filesystem/filesystem.ts';
import type { Storage } from '../storage/storage.ts';
import { resolveReturn } from './resolve-return.ts';
import { repositoriesOn } from '../../test/support/repositories.ts';

const started = { workflowId: 'registry-prod', runId: 'run', hasTimeouts: false, isRepeated: false };
const inventoryOn = (storage: string): Inventory =>
  ({
    registries: { prod: { ...named.entry, storage } },
    hosts: {},
    storages: {
      'prod-volume': named.source,
      's3-prod': named.destination,
      journal: { kind: 'filesystem', path: '/journal' },
      backups: { kind: 'filesystem', path: '/backups' },
    },
    journal: 'journal',
    repositories: repositoriesOn('backups'),
    backups: 'main',
    approvals: {},
  }) as unknown as Inventory;

let folder: string;
let journal: Storage;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'transship-return-'));
  journal = openFilesystemStorage(folder);
});
afterEach(async () => {
  await journal.close();
  await rm(folder, { recursive: true });
});

async function claim(source: string, destination: string, changes: Partial<Claim> = {}): Promise<void> {
  const job = 'jobs/registry-prod/1';
  await writeRecord(journal, fileOf('claim', { destination, turn: 1 }), {
    ...{ job, source, destination, sourcePlace: 'there', destinationPlace: 'here' },
    ...{ at: '2026-11-01T10:00:00.000Z', nonce: 'n', finalBy: job, endedAt: '2026-11-01T11:00:00.000Z' },
    inUse: true,
    ...changes,
  } satisfies Claim);
}

const resolve = (input: unknown, on = 's3-prod') =>
  resolveReturn(inventoryOn(on), journal, { input: input as ReturnInput, ...started });

it('is the storage from which a migration of this registry filled the one that it uses', async () => {
  await claim('prod-volume', 's3-prod');
  expect(await resolve({ registry: 'prod', window: { budget: '5m' }, dryRun: true })).toMatchObject({
    ...{ job: 'jobs/registry-prod/run', registry: 'prod', source: 's3-prod', destination: 'prod-volume' },
    ...{ windowBudgetMs: 300_000, dryRun: true },
    binding: { 'storage/prod-volume': expect.any(String) as string },
  });
});

it('is the other one again after a return', async () => {
  await claim('prod-volume', 's3-prod');
  await claim('s3-prod', 'prod-volume');
  expect((await resolve({ registry: 'prod' }, 'prod-volume')).destination).toBe('s3-prod');
});

const undecided = { inUse: false };
const ofAnother = { finalBy: 'jobs/registry-prod-2/1' };
it.each<[string, Parameters<typeof claim> | null, string, string]>([
  ['there was no migration', null, 's3-prod', 'the journal knows of no migration of prod to "s3-prod"'],
  ['no registry went along', ['prod-volume', 's3-prod', undecided], 's3-prod', 'knows of no migration'],
  ['another registry went along', ['prod-volume', 's3-prod', ofAnother], 's3-prod', 'knows of no migration'],
  [
    'the inventory still names the old storage',
    ['prod-volume', 's3-prod'],
    'prod-volume',
    'it knows of one from "prod-volume" to "s3-prod" (jobs/registry-prod/1): if the registry uses that now, set "storage: s3-prod"',
  ],
  [
    'the old storage has gone from the inventory',
    ['forgotten', 's3-prod'],
    's3-prod',
    'from "forgotten" (there), which is not in the inventory any more: put it back',
  ],
])('is refused with what to do where %s', async (_what, claimed, on, says) => {
  if (claimed !== null) await claim(...claimed);
  await expect(resolve({ registry: 'prod' }, on)).rejects.toMatchObject({
    type: 'InvalidInput',
    message: expect.stringContaining(says) as string,
  });
});

it('lists every mistake of an input at once, and knows no destination', async () => {
  await claim('prod-volume', 's3-prod');
  const wrong = { registry: 'prod', destination: 'prod-volume', window: { budget: 'long' } };
  await expect(resolve(wrong)).rejects.toMatchObject({
    details: {
      mistakes: [
        expect.stringContaining('is no duration') as string,
        expect.stringContaining('destination') as string,
      ],
    },
  });
  await expect(resolve({ registry: 'pro' })).rejects.toThrow('"pro" is not in the inventory');
  await expect(resolve(undefined)).rejects.toMatchObject({ type: 'InvalidInput' });
});
