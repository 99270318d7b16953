// What a terminated run has left in a storage is put right by the next run on the registry, wherever that one goes.

import type { Finding } from '../../contracts/finding.ts';
import { said } from '../support/said.ts';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CanaryMark } from '../../contracts/registry-activities.ts';
import {
  type AllActivities,
  CANARY,
  fakeActivities,
  planningWith,
  resolvingTo,
  state,
} from './fake-activities.ts';
import { type Rig, startRig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const mark = (storage: string): CanaryMark => ({
  job: 'jobs/registry-prod/earlier',
  key: `marks/jobs/registry-prod/earlier-${storage}.json`,
  storage,
  boundTo: null,
  canaries: [{ ...CANARY, key: 'blobs/canary' }],
});

/** What was written where, until there is a plan; and of what could not be written. */
async function planWith(
  marks: CanaryMark[],
  replaced: Partial<AllActivities> = {},
): Promise<{ calls: string[]; written: unknown[]; unmended: string[] }> {
  const written: unknown[] = [];
  let unmended: Finding[] = [];
  const { calls, activities } = fakeActivities({
    resolveMigration: resolvingTo({ dryRun: true }),
    inspectRegistry: async (request) => ({ ...state, ...(request.marks === true && { marks }) }),
    async writeCanaries({ job, storage, side }) {
      written.push([job, storage, side]);
    },
    async makePlan(facts) {
      ({ unmended } = facts);
      return planningWith({})(facts);
    },
    ...replaced,
  });
  await rig.run(activities, (migration) => migration.result().catch(() => undefined));
  return { calls, written, unmended: said(unmended).others };
}

it('marks are taken back before anything is planted, and damage at the own storage is looked for again', async () => {
  const { calls, written, unmended } = await planWith([mark('s3-old'), mark('prod-volume')]);
  expect(written).toEqual([
    ['jobs/registry-prod/earlier', 's3-old', 'pushed'],
    ['jobs/registry-prod/earlier', 'prod-volume', 'pushed'],
  ]);
  expect(unmended).toEqual([]);
  expect(calls.lastIndexOf('writeCanaries pushed')).toBeLessThan(calls.indexOf('plantCanaries'));
  expect(calls.filter((call) => call === 'findDamage')).toHaveLength(2);
});

it('a storage that is no more is told of in the plan, and stops nothing', async () => {
  const { unmended } = await planWith([mark('s3-old')], {
    writeCanaries: async () => {
      throw ApplicationFailure.nonRetryable('no such bucket', 'StorageUnavailable');
    },
  });
  expect(unmended).toEqual([
    expect.stringMatching(
      /blobs\/canary at s3-old .*no such bucket.*marks\/jobs\/registry-prod\/earlier-s3-old/,
    ),
  ]);
});

it('while the registry is read-only its mark stays, to tell whoever mends it where it serves from', async () => {
  const { calls, written } = await planWith([mark('s3-prod')], {
    inspectRegistry: async () => ({ ...state, readOnly: true, marks: [mark('s3-prod')] }),
  });
  expect(written).toEqual([]);
  expect(calls).not.toContain('plantCanaries');
});
