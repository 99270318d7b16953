// A registry goes back to a storage that it used before: only what it left there itself is removed or replaced, and what
// somebody else wrote there since stops it before anything is done.

import { setTimeout as sleep } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { inProcessMeter } from '../../activities/concurrency/in-process-meter.ts';
import { copyStorage } from '../../activities/copying/copy-storage.ts';
import { type Claim, lastTurn } from '../../activities/copying/claim.ts';
import { UNPACED } from '../../activities/copying/pace/pace.ts';
import { writeRecord } from '../../activities/journal/record.ts';
import { IMPATIENT } from '../support/impatient.ts';
import { altered, copyingRig, keyOfBlob, REPOSITORY } from './copying-rig.ts';

const { storages, storage, put, everything, perform, lines } = copyingRig({ hosts: ['node-1'], s3: true });

const HOUR_MS = 3_600_000;
/** Times that are cut to seconds and the way to the clock of a storage leave as much open. */
const APART_MS = 2200;
const TAG = `${REPOSITORY}/_manifests/tags/latest/current/link`;
const GONE = `${REPOSITORY}/_manifests/tags/gone/current/link`;
const layer = Buffer.from('layer');
let runs = 0;
let old: string;
let now: string;

beforeEach(() => {
  [old, now] = ['filesystem-a', 's3-b'];
});

type Way = { source: string; destination: string; job: string };
const back = (): Way => ({ source: now, destination: old, job: nextJob() });
const forth = (): Way => ({ source: old, destination: now, job: nextJob() });
const nextJob = (): string => `jobs/registry-prod/${(runs += 1)}`;

const activity = <Name extends Parameters<typeof perform>[1]>(
  name: Name,
  request: Parameters<typeof perform<Name>>[2],
) => perform<Name>(new MockActivityEnvironment(), name, request);
const look = (way: Way) => activity('lookAtDestination', way);
const foreignTo = async (way: Way): Promise<string[]> =>
  (await look(way)).superseded!.foreign.examples.map(({ key }) => key);
const refused = { type: 'DestinationNotEmpty', retryable: false };

async function pass(way: Way, number: number, final: boolean, removals = 0): Promise<void> {
  const request = { ...way, pass: number, yieldTo: null };
  const { shards } = await activity('planPass', { ...request, final, removals });
  for (let shard = 0; shard < shards; shard += 1) await activity('copyShard', { ...request, shard });
}

/** As a migration does it, from the claim to its end. */
async function move(way: Way): Promise<void> {
  await activity('claimDestination', way);
  await pass(way, 1, false);
  await pass(way, 2, true);
  await activity('noteInUse', way);
  await activity('releaseDestination', { ...way, inUse: true });
}

/** A registry that was moved from `old` to `now`. */
async function moved(): Promise<void> {
  await put(old, keyOfBlob(layer), layer);
  await put(old, TAG, 'sha256:one');
  await put(old, GONE, 'sha256:one');
  await sleep(APART_MS);
  await move(forth());
}

/** What its users did then. */
async function used(): Promise<void> {
  await put(now, keyOfBlob(Buffer.from('pushed')), 'pushed');
  await put(now, TAG, 'sha256:two');
  await storage(now).remove([GONE]);
}

describe.each(['filesystem-a', 's3-a'])('an old storage, of %s,', (name) => {
  beforeEach(() => {
    old = name;
  });

  test('is gone back to with what was pushed since, and what it loses is counted and listed before', async () => {
    await moved();
    await used();
    const way = back();
    expect(await look(way)).toMatchObject({
      problem: null,
      superseded: { removed: 1, replaced: 1, foreign: { objects: 0 } },
    });
    expect(await lines(`${way.job}/superseded.ndjson`)).toEqual([
      { op: 'removed', key: GONE, size: 10, written: expect.any(String) as string, foreign: false },
      { op: 'replaced', key: TAG, size: 10, written: expect.any(String) as string, foreign: false },
    ]);
    expect(await everything(old)).toHaveProperty([GONE]);
    await move(way);
    expect(await everything(old)).toEqual(await everything(now));
  });

  test.each([
    ['of what the new one never had', `${REPOSITORY}/_manifests/tags/theirs/current/link`],
    ['of what the new one has otherwise', TAG],
  ])('that somebody else wrote to since is refused: %s', async (_what, key) => {
    await moved();
    await used();
    await put(old, key, 'sha256:own');
    const way = back();
    expect((await look(way)).superseded?.foreign).toEqual({
      objects: 1,
      examples: [{ key, written: expect.any(String) as string }],
    });
    const rows = await lines<{ key: string; foreign: boolean }>(`${way.job}/superseded.ndjson`);
    expect(rows.filter(({ foreign }) => foreign).map((row) => row.key)).toEqual([key]);
    await expect(activity('claimDestination', way)).rejects.toMatchObject(refused);
    expect(await lastTurn(storage('journal'), old)).toBeUndefined();
    expect(await everything(old)).toHaveProperty([GONE]);
  });
});

test.each([-HOUR_MS, HOUR_MS])('the clock of a storage may be %i ms ahead of ours', async (ahead) => {
  const real = storage(old);
  storages.set(
    old,
    altered(real, {
      async writtenAt(keys: string[]) {
        return new Map([...(await real.writtenAt(keys))].map(([key, at]) => [key, at + ahead]));
      },
    }),
  );
  await moved();
  await used();
  expect(await look(back())).toMatchObject({
    problem: null,
    superseded: { removed: 1, replaced: 1, foreign: { objects: 0 } },
  });
  await put(old, 'docker/theirs', 'x');
  expect(await foreignTo(back())).toEqual(['docker/theirs']);
});

test('an attempt that was undone leaves copies of ours, and what came after it is not', async () => {
  await moved();
  await used();
  const attempt = back();
  await activity('claimDestination', attempt);
  await pass(attempt, 1, false);
  await activity('releaseDestination', attempt);
  await storage(now).remove([keyOfBlob(Buffer.from('pushed'))]);
  expect(await look(back())).toMatchObject({
    problem: null,
    superseded: { removed: 2, replaced: 0, foreign: { objects: 0 } },
  });
  await sleep(APART_MS);
  await put(old, 'docker/theirs', 'x');
  expect(await foreignTo(back())).toEqual(['docker/theirs']);
});

const theirs = { foreign: { objects: 1, examples: [expect.objectContaining({ key: 'docker/theirs' })] } };

test.each([1, 2])(
  '%i attempts that were terminated leave copies of ours, and what came after is not',
  async (times) => {
    await moved();
    await used();
    for (let attempts = 0; attempts < times; attempts += 1) {
      const attempt = back();
      await activity('claimDestination', attempt);
      await pass(attempt, 1, false);
      await put(now, keyOfBlob(Buffer.from(`pushed ${attempts}`)), 'pushed');
      await sleep(APART_MS);
    }
    await storage(now).remove([keyOfBlob(Buffer.from('pushed'))]);
    expect((await look(back())).superseded).toMatchObject({ removed: 2, foreign: { objects: 0 } });
    await put(old, 'docker/theirs', 'x');
    expect((await look(back())).superseded).toMatchObject(theirs);
    await expect(activity('claimDestination', back())).rejects.toMatchObject(refused);
  },
);

test('what was written between two attempts that were terminated is not of the first', async () => {
  await moved();
  await used();
  const first = back();
  await activity('claimDestination', first);
  await pass(first, 1, false);
  await sleep(APART_MS);
  await put(old, 'docker/theirs', 'x');
  const { file, claim } = (await lastTurn(storage('journal'), old))!;
  expect(claim.job).toBe(first.job);
  await sleep(APART_MS);
  const next = { ...claim, job: nextJob(), at: new Date().toISOString() };
  await writeRecord(storage('journal'), { ...file, key: file.key.replace(/\d+/, '00002') }, next);
  expect((await look(back())).superseded).toMatchObject(theirs);
});

test('what users pushed to an attempt in use that was put back by hand is theirs', async () => {
  await moved();
  await used();
  await sleep(APART_MS);
  const attempt = back();
  await activity('claimDestination', attempt);
  await pass(attempt, 1, false);
  await pass(attempt, 2, true);
  await activity('noteInUse', attempt);
  await storage(now).remove([keyOfBlob(Buffer.from('pushed'))]);
  expect((await look(back())).superseded).toMatchObject({ removed: 1, foreign: { objects: 0 } });
  await sleep(APART_MS);
  await put(old, 'docker/theirs', 'x');
  await activity('releaseDestination', { ...attempt, inUse: true });
  expect((await look(back())).superseded).toMatchObject(theirs);
});

test('a registry goes back and forth as often as people like, with deletions in between', async () => {
  await moved();
  await used();
  for (const [round, way] of [back, forth, back].entries()) {
    await sleep(APART_MS);
    await move(way());
    const [here, there] = round % 2 === 0 ? [old, now] : [now, old];
    expect(await everything(here)).toEqual(await everything(there));
    const others = keyOfBlob(Buffer.from(round === 0 ? 'pushed' : `pushed ${round - 1}`));
    await storage(here).remove([others]);
    await put(here, keyOfBlob(Buffer.from(`pushed ${round}`)), `pushed ${round}`);
    await put(here, TAG, `sha256:${round}`);
  }
});

test('names that mean other places by now are no way back', async () => {
  await moved();
  storages.set(now, altered(storage(now), { describe: 'elsewhere' }));
  expect((await look(back())).problem).toMatch(
    /the record of the migration from .* now they are .* elsewhere/,
  );
});

test('a migration that did not come to its switch is none that could be gone back from', async () => {
  await put(old, TAG, 'sha256:one');
  const way = forth();
  await activity('claimDestination', way);
  await pass(way, 1, true);
  await activity('releaseDestination', way);
  expect((await look(back())).problem).toContain('no earlier migration to it is on record');
});

test('what came after the claim is not ours where the claim does not say when its final delta began', async () => {
  await moved();
  const { file, claim } = (await lastTurn(storage('journal'), now))!;
  const { finalAt: _, ...earlier }: Claim = claim;
  await writeRecord(storage('journal'), file, { ...earlier, at: new Date(0).toISOString() });
  await used();
  expect(await foreignTo(back())).toEqual([GONE, TAG]);
});

test('copies that look at no registry do not go back', async () => {
  await moved();
  await used();
  const sides = { journal: storage('journal'), source: storage(now), destination: storage(old) };
  const meter = inProcessMeter(new AbortController().signal, IMPATIENT);
  const copy = copyStorage(sides, { source: now, destination: old, remove: true }, meter, UNPACED);
  await expect(copy).rejects.toMatchObject({
    ...refused,
    message: expect.stringContaining('go back by transship return') as string,
  });
});

test('as many removals as were approved are made, and not as many more as a broken source shows', async () => {
  for (let n = 0; n < 130; n += 1) await put(old, `n/${n}`, 'x');
  await moved();
  await storage(now).remove(Array.from({ length: 130 }, (_, n) => `n/${n}`));
  const way = back();
  const { superseded } = await look(way);
  expect(superseded).toMatchObject({ removed: 130 });
  await activity('claimDestination', way);
  await expect(pass(way, 1, true)).rejects.toMatchObject({ type: 'SourceUnstable' });
  await pass(way, 2, true, superseded!.removed);
  expect(await everything(old)).toEqual(await everything(now));
});
