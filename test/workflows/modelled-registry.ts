// A registry in memory behind the fake activities, with somebody who pushes before and after each of them: what the order of
// a workflow does to a registry in use shows in what is left of it. It loses what a real one would lose: a restore brings the
// tags of its backup, a storage serves the blobs that were copied to it, a collection deletes what no tag names.

import { ApplicationFailure } from '@temporalio/common';
import { expect } from 'vitest';
import type { MigrationStepId } from '../../contracts/plan.ts';
import type { ReportFacts } from '../../contracts/record-activities.ts';
import {
  type AllActivities,
  CLOSURE,
  fakeActivities,
  FIRST,
  planningWith,
  SECOND,
  state,
  STORED,
} from './fake-activities.ts';

const SCHEDULE = 'onlinegc 0 0 1 * * 6';
const BEFORE = ['app:1', 'app:2', 'web:1'];

const must = (holds: boolean, type: string, message: string): void => {
  if (!holds) throw ApplicationFailure.nonRetryable(message, type);
};

export type Modelled = {
  calls: string[];
  activities: AllActivities;
  /** Awaited when a call has done its work and has not answered; its name and what tells it apart, e.g. `setReadOnly true`. */
  during: ((call: string) => Promise<void>) | undefined;
  /** The steps of the plan; empty before it is made. */
  planned: MigrationStepId[];
  reports: ReportFacts[];
  /** What must hold at every end: pushes are taken, the schedule is as it was, no tag is gone or new, nothing of ours is left. */
  expectWell(storage: 'prod-volume' | 's3-prod'): void;
};

export function modelledRegistry(replaced: Partial<AllActivities> = {}): Modelled {
  const storages: Record<string, Set<string>> = { 'prod-volume': new Set(BEFORE), 's3-prod': new Set() };
  const kept = new Map<string, string[]>();
  const registry = { tags: new Set(BEFORE), uses: 'prod-volume', readOnly: false, schedule: SCHEDULE };
  const replicas = new Set([FIRST, SECOND]);
  const ours = { claim: false, canaries: false, marked: false };
  const acknowledged: string[] = [...BEFORE];
  let pushes = 0;

  const push = (): boolean => {
    if (replicas.size === 0 || registry.readOnly) return false;
    pushes += 1;
    const tag = `pushed:${pushes}`;
    registry.tags.add(tag);
    storages[registry.uses]!.add(tag);
    acknowledged.push(tag);
    return true;
  };
  const missingIn = (storage: string): string[] =>
    [...registry.tags].filter((tag) => !storages[storage]!.has(tag));

  const model: Partial<AllActivities> = {
    inspectRegistry: async () => ({
      ...state,
      readOnly: registry.readOnly,
      collection: { words: registry.schedule === '' ? [] : [registry.schedule], value: [] },
    }),
    async makePlan(facts) {
      const plan = await planningWith({})(facts);
      modelled.planned = plan.steps.map(({ id }) => id);
      return plan;
    },
    async pauseCollection() {
      const saved = { words: [SCHEDULE], value: [] };
      registry.schedule = '';
      return { saved };
    },
    async resumeCollection({ saved }) {
      const [schedule] = saved?.words ?? [];
      if (schedule === undefined) return { resumed: [] };
      registry.schedule = schedule;
      return { resumed: [schedule] };
    },
    async setReadOnly({ readOnly }) {
      registry.readOnly = readOnly;
    },
    async proveReadOnly() {
      must(!push(), 'ReadOnlyNotEnforced', 'a push was accepted');
      return [{ replica: FIRST, status: 405 }];
    },
    async proveWritable() {
      must(push(), 'ReadOnlyNotEnforced', 'a push was refused');
      return [{ replica: FIRST, status: 201 }];
    },
    async snapshotTags({ name }) {
      kept.set(`tags-${name}`, [...registry.tags]);
      return { repositories: 2, tags: registry.tags.size, key: `tags-${name}` };
    },
    async compareTags({ before, after, name }) {
      const [was, is] = [new Set(kept.get(before)), new Set(kept.get(after))];
      return {
        unchanged: was.intersection(is).size,
        added: is.difference(was).size,
        changed: 0,
        removed: was.difference(is).size,
        untagged: 0,
        key: name,
      };
    },
    planPass: async () => ({
      shards: 1,
      sourceObjects: 10,
      sourceBytes: 1000,
      copyObjects: 1,
      copyBytes: 1,
      removeObjects: 0,
    }),
    async copyShard({ source, destination }) {
      for (const blob of storages[source]!) storages[destination]!.add(blob);
      return {
        copiedObjects: 1,
        copiedBytes: 1,
        removedObjects: 0,
        damaged: 0,
        vanished: 0,
        proofs: { server: 1 },
      };
    },
    checkClosure: async ({ name, storage }) => ({
      ...CLOSURE,
      missing: missingIn(storage).length,
      key: `closure-${name}`,
    }),
    async backUpMetadata({ name, replica }) {
      kept.set(`backup-${name}`, [...registry.tags]);
      return {
        key: `backup-${name}`,
        sha256: '',
        bytes: 1,
        version: state.version,
        replica,
        rows: {},
        stored: STORED,
      };
    },
    async takeDownReplica({ replica }) {
      replicas.delete(replica);
      if (replicas.size === 0) registry.tags.clear();
    },
    async bringUpReplica({ backup, replica }) {
      replicas.add(replica);
      registry.tags = new Set(kept.get(backup.key));
      registry.uses = 'default';
      storages['default'] = new Set();
      // As it was when the backup was taken
      registry.readOnly = true;
    },
    async joinReplica({ replica }) {
      replicas.add(replica);
    },
    async switchStorage({ storage }) {
      registry.uses = storage;
    },
    locateStorage: async () => ({ uses: [registry.uses], place: registry.uses }),
    async proveServedFrom({ storage }) {
      must(registry.uses === storage, 'WrongStorage', `it uses ${registry.uses}`);
    },
    verifyImages: async ({ name }) => ({
      tags: registry.tags.size,
      checkedTo: registry.tags.size,
      manifests: registry.tags.size,
      blobs: registry.tags.size,
      pulledTags: registry.tags.size,
      pulledBytes: 1,
      problems: missingIn(registry.uses).length,
      known: 0,
      unverified: 0,
      key: `verification-${name}`,
    }),
    async collectGarbage() {
      for (const blob of storages[registry.uses]!)
        if (!registry.tags.has(blob)) storages[registry.uses]!.delete(blob);
      return { id: 'job', status: 'done' };
    },
    async plantCanaries() {
      ours.canaries = true;
      return [{ replica: FIRST, repository: 'r', tag: 't', id: '1', digest: 'd', size: 1, key: null }];
    },
    async removeCanaries() {
      ours.canaries = false;
    },
    async writeCanaries({ side }) {
      ours.marked = side === 'marked';
    },
    async claimDestination() {
      ours.claim = true;
    },
    async releaseDestination() {
      ours.claim = false;
    },
    async writeReport(facts) {
      modelled.reports.push(facts);
      return { key: 'report.html' };
    },
  };

  const { calls, activities } = fakeActivities({ ...model, ...replaced });
  const watched = Object.fromEntries(
    Object.entries(activities).map(([name, run]) => [
      name,
      async (request: unknown) => {
        push();
        const at = calls.length;
        const answer = (run as (request: unknown) => Promise<unknown>)(request);
        answer.catch(() => undefined);
        await modelled.during?.(calls[at] ?? name);
        push();
        return await answer;
      },
    ]),
  ) as unknown as AllActivities;

  const modelled: Modelled = {
    calls,
    activities: watched,
    during: undefined,
    planned: [],
    reports: [],
    expectWell(storage) {
      expect({ ...registry, tags: [...registry.tags].sort(), missing: missingIn(registry.uses) }).toEqual({
        tags: acknowledged.toSorted(),
        missing: [],
        uses: storage,
        readOnly: false,
        schedule: SCHEDULE,
      });
      expect(push()).toBe(true);
      expect(ours).toEqual({ claim: false, canaries: false, marked: false });
      expect(calls.at(-1)).toBe('writeReport');
    },
  };
  return modelled;
}
