// The runs whose histories are kept: both paths in the lab with its real parts and killed workers, and endings that
// are rare there, with activities that only remember. A change of workflow code that a running migration could not
// survive fails the replay of one of them.

import { heartbeat, sleep } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ReturnInput } from '../../contracts/migration.ts';
import { type MigrationPath, WORKFLOW_TYPES } from '../../contracts/names.ts';
import type { DistributionRegistryEntry } from '../../contracts/inventory.ts';
import { buildPlan } from '../../domain/migration/plan.ts';
import type { Named } from '../../domain/migration/move.ts';
import {
  type AllActivities,
  fakeActivities,
  named,
  resolvingTo,
  state,
  subject,
} from '../workflows/fake-activities.ts';
import { openWindow } from '../workflows/open-window.ts';
import type { RunningMigration } from '../workflows/rig.ts';

/** Path and, where it is not S3, destination of the lab's migrations. */
export const LAB_SCENARIOS: Record<string, { path: MigrationPath; destination?: string }> = {
  'lab-read-only': { path: 'read-only' },
  'lab-best-practice': { path: 'best-practice' },
};

export type FakeScenario = {
  path: MigrationPath;
  /** Default: a migration by that path. */
  start?: { workflowType: string; input: ReturnInput };
  /** Returns when the migration has ended. */
  live: (migration: RunningMigration) => Promise<void>;
  activities: Partial<AllActivities>;
};

const plain: Named & { entry: DistributionRegistryEntry } = {
  entry: {
    kind: 'distribution',
    url: 'https://registry.example.com',
    replicas: subject.replicas.map(({ id }) => ({
      id,
      host: `host-${id}`,
      url: `https://${id}.example.com`,
      config: '/etc/docker/registry/config.yml',
      restart: ['systemctl', 'restart', 'docker-registry'],
      program: ['docker-registry'],
    })),
    stateDir: '/var/lib/transship',
    storage: 'prod-volume',
    canaryRepository: 'ops/canary',
  },
  source: { kind: 'filesystem', path: '/srv/images' },
  destination: named.destination,
};

function plainRegistry(): Partial<AllActivities> {
  let readOnly = false;
  return {
    inspectRegistry: async () => ({ ...state, version: '3.1.2', mode: 'classic', readOnly }),
    setReadOnly: async (request) => void ({ readOnly } = request),
    async makePlan(facts) {
      const { recipe, steps } = buildPlan(facts, plain, []);
      return { digest: 'sha256:plan', key: 'plan.txt', text: '# Plan', recipe, steps };
    },
  };
}

export const FAKE_SCENARIOS: Record<string, FakeScenario> = {
  'read-only': {
    path: 'read-only',
    activities: {},
    async live(migration) {
      await openWindow(migration);
      await migration.result();
    },
  },
  'best-practice': {
    path: 'best-practice',
    activities: {},
    async live(migration) {
      await openWindow(migration);
      await migration.decide('garbage-collection');
      await migration.result();
    },
  },
  returned: {
    path: 'read-only',
    start: { workflowType: WORKFLOW_TYPES.returnToPrevious, input: { registry: 'prod' } },
    activities: {},
    async live(migration) {
      await openWindow(migration);
      await migration.result();
    },
  },
  'garbage-collection-declined': {
    path: 'best-practice',
    activities: {},
    async live(migration) {
      await openWindow(migration);
      await migration.decide('garbage-collection', 'reject');
      await migration.result();
    },
  },
  // The plain registry, whose garbage is listed, asked about, and collected in a window of its own
  'collected-read-only': {
    path: 'read-only',
    activities: plainRegistry(),
    async live(migration) {
      await openWindow(migration);
      await migration.decide('garbage-collection');
      const { garbageCollection } = await migration.result();
      if (garbageCollection !== 'done') throw new Error(`the collection ended as ${garbageCollection}`);
    },
  },
  'dry-run': {
    path: 'best-practice',
    activities: { resolveMigration: resolvingTo({ dryRun: true }) },
    async live(migration) {
      await migration.result();
    },
  },
  'approved-by-update': {
    path: 'read-only',
    activities: {},
    async live(migration) {
      for (const question of ['plan', 'window'] as const) {
        const { planDigest } = await migration.waitFor(question, (now) => now.waitingFor?.id === question);
        await migration.update('decide', { question, planDigest, by: 'tester', decision: 'approve' });
      }
      await migration.result();
    },
  },
  'plan-rejected': {
    path: 'read-only',
    activities: {},
    async live(migration) {
      await migration.decide('plan', 'reject');
      await failed(migration);
    },
  },
  'approval-expired': {
    path: 'read-only',
    activities: {
      resolveMigration: resolvingTo({
        approvals: { ...subject.approvals, window: { ...subject.approvals.window, expiresInMs: 300 } },
      }),
    },
    async live(migration) {
      await migration.decide('plan');
      await failed(migration);
    },
  },
  'damaged-blobs-accepted': {
    path: 'read-only',
    activities: {
      copyShard: async () => ({
        copiedObjects: 4,
        copiedBytes: 400,
        removedObjects: 0,
        damaged: 1,
        vanished: 0,
        proofs: { server: 4 },
      }),
      planPass: async () => ({
        shards: 1,
        sourceObjects: 10,
        sourceBytes: 1000,
        copyObjects: 5,
        copyBytes: 500,
        removeObjects: 0,
      }),
    },
    async live(migration) {
      await migration.decide('plan');
      await migration.decide('damaged-blobs');
      await migration.decide('window');
      await migration.result();
    },
  },
  'damaged-blobs-accepted-twice': {
    path: 'read-only',
    activities: {
      copyShard: async () => ({
        copiedObjects: 4,
        copiedBytes: 400,
        removedObjects: 0,
        damaged: 1,
        vanished: 0,
        proofs: { server: 4 },
      }),
      listDamage: async ({ pass, accepted }) => ({
        objects: 1,
        unaccepted: pass === 3 || accepted === null ? 1 : 0,
        digest: `sha256:damage-${pass}`,
        key: `damage-pass-${pass}.ndjson`,
      }),
      planPass: async ({ pass }) => ({
        // The pass in the window copies nothing, so that it finds no damage that nobody has accepted.
        shards: pass > 3 ? 0 : 1,
        sourceObjects: 10,
        sourceBytes: 1000,
        copyObjects: 5,
        copyBytes: 500,
        removeObjects: 0,
      }),
    },
    async live(migration) {
      await migration.decide('plan');
      await migration.decide('damaged-blobs');
      await migration.decide('window');
      await migration.decide('damaged-blobs');
      await migration.result();
    },
  },
  // Paused before a step, between the lists of a pass, and before the window opens
  held: {
    path: 'read-only',
    activities: { copyShard: slowList },
    async live(migration) {
      const hold = (wish: 'pause' | 'resume') => migration.update(wish, { by: 'tester', reason: 'a backup' });
      await migration.waitFor('the plan', ({ waitingFor }) => waitingFor?.topic === 'plan');
      await hold('pause');
      await migration.decide('plan');
      await migration.waitFor('the hold', ({ paused }) => paused?.holds === true);
      await hold('resume');
      await migration.waitFor('the pass', ({ child }) => child !== null);
      await hold('pause');
      await hold('resume');
      await migration.waitFor('the window', ({ waitingFor }) => waitingFor?.topic === 'window');
      await hold('pause');
      await migration.decide('window');
      await migration.waitFor('the hold', ({ paused }) => paused?.holds === true);
      await hold('resume');
      await migration.result();
    },
  },
  'cancelled-in-window': {
    path: 'best-practice',
    activities: { snapshotTags: endlessFinalSnapshot },
    async live(migration) {
      await openWindow(migration);
      await migration.waitFor('the final delta', (now) => now.step.id === 'final-delta');
      await migration.cancel();
      await failed(migration);
    },
  },
  'budget-spent': {
    path: 'read-only',
    activities: {
      snapshotTags: endlessFinalSnapshot,
      resolveMigration: resolvingTo({ windowBudgetMs: 1500 }),
    },
    async live(migration) {
      await openWindow(migration);
      await failed(migration);
    },
  },
  'image-missing-afterwards': {
    path: 'read-only',
    activities: { verifyImages: alwaysMissing },
    async live(migration) {
      await openWindow(migration);
      await migration.decide('recovery', 'approve', 'switch-back');
      await failed(migration);
    },
  },
  'left-read-only': {
    path: 'read-only',
    activities: { verifyImages: alwaysMissing },
    async live(migration) {
      await openWindow(migration);
      await migration.decide('recovery', 'approve', 'verify-again');
      await migration.decide('recovery', 'approve', 'stay-read-only');
      await failed(migration);
    },
  },
  'restored-again': {
    path: 'best-practice',
    activities: { verifyImages: alwaysMissing },
    async live(migration) {
      await openWindow(migration);
      await migration.decide('recovery', 'approve', 'restore-again');
      await migration.decide('recovery', 'approve', 'go-on');
      await migration.result();
    },
  },
  'switch-refused': {
    path: 'read-only',
    activities: {
      resolveMigration: resolvingTo({ windowBudgetMs: 3000 }),
      async switchStorage() {
        throw ApplicationFailure.nonRetryable('400 INVALID_SETTINGS', 'RegistryRefused');
      },
    },
    async live(migration) {
      await openWindow(migration);
      await failed(migration);
    },
  },
};

export const SCENARIOS = [...Object.keys(LAB_SCENARIOS), ...Object.keys(FAKE_SCENARIOS)];

export const activitiesOf = (scenario: FakeScenario): AllActivities =>
  fakeActivities(scenario.activities).activities;

async function failed(migration: RunningMigration): Promise<void> {
  const ended = await migration.result().then(
    () => 'ended well',
    () => 'failed',
  );
  if (ended !== 'failed') throw new Error(`the migration ${ended}, but this scenario is about a failure`);
}

/** A snapshot inside the window that never ends but by cancellation. */
async function endlessFinalSnapshot({ name }: { name: string }): ReturnType<AllActivities['snapshotTags']> {
  while (name === 'final') {
    heartbeat();
    await sleep(50);
  }
  return { repositories: 1, tags: 7, key: name };
}

async function slowList(): ReturnType<AllActivities['copyShard']> {
  await sleep(500);
  return {
    copiedObjects: 5,
    copiedBytes: 500,
    removedObjects: 0,
    damaged: 0,
    vanished: 0,
    proofs: { server: 5 },
  };
}

async function alwaysMissing(): ReturnType<AllActivities['verifyImages']> {
  return {
    tags: 7,
    checkedTo: 7,
    manifests: 6,
    blobs: 9,
    pulledTags: 6,
    pulledBytes: 90,
    problems: 1,
    known: 0,
    unverified: 0,
    key: 'verification.ndjson',
  };
}
