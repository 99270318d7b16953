// Whether users can pull while pushes are refused is measured by pulling: silence is no claim that all was well.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TransshipError } from '../../../domain/transship-error.ts';
import { CANARY } from '../../../test/workflows/fake-activities.ts';
import { inProcessMeter } from '../../concurrency/in-process-meter.ts';
import { patienceWith } from '../../concurrency/patience.ts';
import { fileOf } from '../../journal/keys.ts';
import { readRecord } from '../../journal/record.ts';
import { openFilesystemStorage } from '../../storage/filesystem/filesystem.ts';
import type { Storage } from '../../storage/storage.ts';
import type { ControlPlane } from '../control-plane.ts';
import { type PullOutages, watchPulls } from './watch-pulls.ts';

const job = 'jobs/registry-prod/1';

let dir: string;
let journal: Storage;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'transship-pulls-'));
  journal = openFilesystemStorage(dir);
});
afterEach(() => rm(dir, { recursive: true }));

/** Asks once for each answer and is cancelled then. */
async function watch(answers: ('served' | 'untagged' | 'missing' | 'silent')[]): Promise<PullOutages> {
  const end = new AbortController();
  let asked = 0;
  const registry = {
    meter: inProcessMeter(
      end.signal,
      patienceWith(() => Promise.resolve()),
    ),
    images: {
      getManifest: async () => {
        const answer = answers[asked];
        asked += 1;
        if (answer === undefined) end.abort(new Error('cancelled'));
        if (answer === 'silent') throw new TransshipError('RegistryUnhealthy', 'no answer');
        return answer === 'served' ? {} : undefined;
      },
      headBlob: async () => (answers[asked - 1] === 'untagged' ? 9 : undefined),
    },
  } as unknown as ControlPlane;
  await expect(watchPulls(registry, journal, { job, canary: CANARY }, 1)).rejects.toThrow('cancelled');
  return (await readRecord<PullOutages>(journal, fileOf('pull-outages', { job })))!;
}

test('an outage lasts from the first pull that failed to the first that went well', async () => {
  const { asked, outages } = await watch(['served', 'missing', 'silent', 'served', 'silent', 'served']);
  expect(asked).toBe(6);
  expect(outages).toHaveLength(2);
  for (const { from, to } of outages) expect(Date.parse(to!)).toBeGreaterThanOrEqual(Date.parse(from));
});

test('what a killed worker had written down is gone on with', async () => {
  expect(await watch(['served', 'silent'])).toMatchObject({ asked: 2, outages: [{ to: null }] });
  const { asked, outages } = await watch(['silent', 'served']);
  expect(asked).toBe(4);
  expect(outages).toHaveLength(1);
  expect(outages[0]!.to).not.toBeNull();
});

test('a tag that somebody has deleted is no outage', async () => {
  expect(await watch(['served', 'untagged', 'untagged'])).toEqual({ asked: 3, outages: [] });
});
