// Inputs of backups and verifications are held to the inventory, and every mistake is named.

import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BackupInput, VerificationInput } from '../../contracts/backup.ts';
import type { Inventory } from '../../contracts/inventory.ts';
import { manifestKey } from '../../domain/backup/set.ts';
import { DEFAULT_COPYING } from '../../test/copying/copying-policy.ts';
import { IMPATIENT } from '../../test/support/impatient.ts';
import { repositoriesOn } from '../../test/support/repositories.ts';
import { named } from '../../test/workflows/fake-activities.ts';
import { inProcessMeter } from '../concurrency/in-process-meter.ts';
import type { Environment } from '../environment.ts';
import { openFilesystemStorage } from '../storage/filesystem/filesystem.ts';
import { resolveBackup, resolveVerification } from './resolve-backup.ts';

const RUN = '01938f2a-7b6c-7def-8123-456789abcdef';
const host = {
  address: 'node.example.com',
  port: 22,
  user: 'ops',
  key: { env: 'KEY' },
  hostKeys: [],
  stateDir: '/s',
};
const inventory = {
  registries: { prod: named.entry },
  hosts: { node1: host, node2: host },
  storages: {
    'prod-volume': { kind: 'filesystem', path: '/images', boundTo: 'rack-2' },
    journal: { kind: 'filesystem', path: '/journal' },
    sets: { kind: 'filesystem', path: '/sets' },
  },
  journal: 'journal',
  repositories: repositoriesOn('sets'),
  backups: 'main',
  approvals: {} as Inventory['approvals'],
  copying: DEFAULT_COPYING,
} as unknown as Inventory;

const backup = (input: unknown, workflowId = 'registry-prod', hasTimeouts = false) =>
  resolveBackup(inventory, {
    input: input as BackupInput,
    ...{ workflowId, runId: RUN, startedAt: '2026-11-28T14:15:00.000Z', hasTimeouts },
  });

test('a backup goes to the inventory’s own repository, by the first replica, under an id of its own', () => {
  expect(backup({ registry: 'prod' })).toMatchObject({
    job: `jobs/registry-prod/${RUN}`,
    storage: 'prod-volume',
    repository: 'main',
    set: '20261128T141500Z-89abcdef',
    replica: '000000000001',
    boundTo: 'rack-2',
    dryRun: false,
  });
});

const mistakes = (input: unknown, workflowId?: string, hasTimeouts?: boolean): unknown => {
  try {
    return backup(input, workflowId, hasTimeouts);
  } catch (error) {
    return (error as { details: { mistakes: string[] } }).details.mistakes;
  }
};

test('all mistakes of a backup are named at once', () => {
  expect(mistakes({ registry: 'pro', repository: 'no', dryrun: true }, 'registry-pro', true)).toEqual([
    expect.stringContaining('"dryrun"'),
    expect.stringContaining('registry: "pro" is not in the inventory; it has prod'),
    expect.stringContaining('repository: "no" is not in the inventory; it has main'),
    expect.stringContaining('timeout'),
  ]);
  expect(mistakes({ registry: 'prod' }, 'backup-1')).toEqual([
    expect.stringContaining('it must be "registry-prod"'),
  ]);
  expect(mistakes(null)).toEqual([expect.stringContaining('input:')]);
});

let dir: string;
let environment: Environment;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'transship-resolve-'));
  const storage = openFilesystemStorage(dir);
  const { privateKey } = generateKeyPairSync('ed25519');
  environment = {
    inventory,
    patience: IMPATIENT,
    resolveSecret: async () => privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    openStorage: async () => storage,
    openHost: async () => await Promise.reject(new Error('no host')),
  };
  for (const id of ['20261127T141500Z-00000001', '20261128T141500Z-00000002', 'leftover']) {
    await mkdir(dirname(join(dir, manifestKey('prod', id))), { recursive: true });
    await writeFile(join(dir, manifestKey('prod', id)), '{}');
  }
  // Of a killed run.
  await mkdir(join(dir, 'sets/prod/20261129T141500Z-00000003'));
});
afterAll(async () => await rm(dir, { recursive: true }));

const verification = async (input: unknown, workflowId = 'sets-prod') =>
  await resolveVerification(
    environment,
    { input: input as VerificationInput, workflowId, runId: RUN },
    inProcessMeter(new AbortController().signal, IMPATIENT, () => undefined),
  );

test('a registry means its newest set, and no leftover', async () => {
  expect(await verification({ set: 'prod', deep: '2 MiB' })).toMatchObject({
    ...{ registry: 'prod', set: '20261128T141500Z-00000002', repository: 'main', deepBytes: 2 * 1024 ** 2 },
  });
});

test('a set is taken by its name', async () => {
  const set = 'prod/20261127T141500Z-00000001';
  expect(await verification({ set })).toMatchObject({ set: '20261127T141500Z-00000001', deepBytes: null });
});

test.each([
  ['prod/../../etc', 'set:'],
  ['prod/20261127T141500Z', 'set:'],
  ['', 'set:'],
])('what names no set is refused: %j', async (set, mistake) => {
  await expect(verification({ set })).rejects.toMatchObject({
    type: 'InvalidInput',
    message: expect.stringContaining(mistake) as string,
  });
});

test('a budget that is none, and another workflow’s id, are refused', async () => {
  await expect(verification({ set: 'prod', deep: 'all' }, 'x')).rejects.toMatchObject({
    details: {
      mistakes: [expect.stringContaining('deep: is no size'), expect.stringContaining('"sets-prod"')],
    },
  });
});

test('a registry without sets has none', async () => {
  await expect(verification({ set: 'other' }, 'sets-other')).rejects.toMatchObject({
    type: 'SetInvalid',
    message: 'The repository main has no set of "other".',
  });
});
