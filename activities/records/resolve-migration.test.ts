// An input is what anybody may have sent: it names what is in the inventory, fits it, and its workflow ends only by itself.

import { expect, it } from 'vitest';
import type { Inventory } from '../../contracts/inventory.ts';
import { named } from '../../test/workflows/fake-activities.ts';
import { resolveMigration } from './resolve-migration.ts';
import { repositoriesOn } from '../../test/support/repositories.ts';

const inventory = {
  registries: { prod: named.entry, stage: { ...named.entry, storage: 'stage-volume' } },
  hosts: {},
  storages: {
    'prod-volume': named.source,
    's3-prod': named.destination,
    'stage-volume': { ...named.source, volume: 'stage' },
    near: { kind: 'filesystem', path: '/near', boundTo: 'rack-1' },
    journal: { kind: 'filesystem', path: '/journal' },
    backups: { kind: 'filesystem', path: '/backups' },
  },
  journal: 'journal',
  repositories: repositoriesOn('backups'),
  backups: 'main',
  approvals: {} as Inventory['approvals'],
} as unknown as Inventory;

const good = { registry: 'prod', destination: 's3-prod' };
const run = { workflowId: 'registry-prod', runId: 'run', hasTimeouts: false, isRepeated: false };

const resolve = (input: unknown, started: Partial<typeof run> = {}) =>
  resolveMigration(inventory, { input, ...run, ...started });

const refusal = (input: unknown, started: Partial<typeof run> = {}): unknown => {
  try {
    return resolve(input, started);
  } catch (error) {
    return error;
  }
};

it('takes an input that fits, with the budget that it names or half an hour', () => {
  expect(resolve(good)).toMatchObject({
    job: 'jobs/registry-prod/run',
    source: 'prod-volume',
    destination: 's3-prod',
    windowBudgetMs: 1_800_000,
    dryRun: false,
  });
  expect(resolve({ ...good, window: { budget: '1h30m' } }).windowBudgetMs).toBe(5_400_000);
});

it.each<[string, unknown, Partial<typeof run>, string]>([
  ['a field that nobody knows', { ...good, dryrun: true }, {}, 'dryrun'],
  ['a registry that is not there', { ...good, registry: 'toString' }, {}, 'not in the inventory'],
  ['a storage that is not there', { ...good, destination: '__proto__' }, {}, 'not in the inventory'],
  ['where the registry is already', { ...good, destination: 'prod-volume' }, {}, 'already'],
  ['what another registry uses', { ...good, destination: 'stage-volume' }, {}, 'uses "stage-volume": stage'],
  ['the journal as a destination', { ...good, destination: 'journal' }, {}, 'is the journal'],
  [
    'backups as a destination',
    { ...good, destination: 'backups' },
    {},
    'holds the repository of backups main',
  ],
  ['a budget that is none', { ...good, window: { budget: '9'.repeat(400) } }, {}, 'at most 7d'],
  ['a budget of weeks', { ...good, window: { budget: '8d' } }, {}, 'at most 7d'],
  ['what could not be decoded', { unreadable: 'no JSON' }, {}, 'cannot be read: no JSON'],
  ['nothing', undefined, {}, 'input'],
  ['a timeout, which would end it without its way out', good, { hasTimeouts: true }, 'timeout'],
  ['a retry policy or schedule, which would begin it anew', good, { isRepeated: true }, 'retry policy'],
  ['another id than that of the registry', good, { workflowId: 'mine' }, 'must be "registry-prod"'],
])('refuses %s', (_what, input, started, words) => {
  expect(refusal(input, started)).toMatchObject({
    type: 'InvalidInput',
    message: expect.stringContaining(words),
  });
});

it('lists every mistake at once', () => {
  const mistakes = refusal({ registry: 'pro', destination: 's3', dryrun: 1 }, { hasTimeouts: true });
  expect(mistakes).toMatchObject({ message: expect.stringContaining('has 5 mistake(s)') });
});
