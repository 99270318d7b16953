// A worker that stood still, or that Temporal has given up, goes on with its work list when the registry is in use where it
// writes: it must neither put back what was there before nor remove what came since.

import { setTimeout as sleep } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import { leaseOf } from '../../activities/copying/lease.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import { IMPATIENT } from '../support/impatient.ts';
import { sha256 } from '../support/digests.ts';
import { altered, copyingRig, REPOSITORY, request } from './copying-rig.ts';

const { storages, storage, put, everything, perform, plan } = copyingRig({ hosts: ['node-1'], s3: true });

const TAG = `${REPOSITORY}/_manifests/tags/latest/current/link`;
const GONE = `${REPOSITORY}/_manifests/tags/gone/current/link`;
const SIDES = { source: 'filesystem-a', destination: 'filesystem-b' };
const OLD = Buffer.from('sha256:old');
const LEASE_MS = IMPATIENT.lease.mostMs;

const activities = new MockActivityEnvironment();

describe.each(['filesystem-b', 'host-b', 's3-b'])('a work list that is late for %s', (name) => {
  test.each([
    ['replaces', TAG],
    ['removes', GONE],
  ])('%s nothing there when a registry may use it', async (what, key) => {
    const source = storage('filesystem-a');
    await put('filesystem-a', 'docker/other', 'x');
    await put(what === 'replaces' ? 'filesystem-a' : name, key, OLD);
    const pass = { pass: 1, source: 'filesystem-a', destination: name };
    await plan(pass);
    let stood: Promise<void> | undefined;
    const late = async (): Promise<void> => {
      await perform(activities, 'noteInUse', { job: 'jobs/test', destination: name });
      await put(name, key, 'sha256:new');
      await sleep(LEASE_MS + 100);
    };
    storages.set(
      'filesystem-a',
      altered(source, {
        async *readMany(...args: Parameters<Storage['readMany']>) {
          await (stood ??= late());
          yield* source.readMany(...args);
        },
      }),
    );
    await expect(perform(activities, 'copyShard', { ...request(pass), shard: 0 })).rejects.toMatchObject({
      type: 'DestinationClaimed',
      message: expect.stringContaining('a registry may use') as string,
    });
    expect(await everything(name)).toEqual({ [key]: sha256(Buffer.from('sha256:new')) });
  });
});

const many = (keys: string[]) => keys.map((key) => ({ key, size: OLD.length, body: OLD }));
const over = new Error('it is over');

test('a directory moves and removes what it was told of only as long as the lease lasts', async () => {
  const directory = storage('filesystem-b');
  let given = 0;
  const spent = () => (given++ === 0 ? Promise.resolve(Date.now() - 1) : Promise.reject(over));
  await expect(directory.writeMany!(many([TAG, GONE]), { lease: spent })).rejects.toThrow(over);
  expect(await everything('filesystem-b')).toEqual({});
  given = 0;
  const renewed = () => Promise.resolve(Date.now() + (given++ === 0 ? -1 : LEASE_MS));
  await directory.writeMany!(many([TAG, GONE]), { lease: renewed });
  expect(Object.keys(await everything('filesystem-b'))).toEqual([GONE, TAG]);
  given = 0;
  await expect(directory.remove([TAG, GONE], { lease: spent })).rejects.toThrow(over);
  expect(Object.keys(await everything('filesystem-b'))).toEqual([GONE, TAG]);
});

test('a host is not sent the end of what it would move without the lease', async () => {
  const directory = storage('host-b');
  const lease = () => Promise.reject(over);
  await expect(directory.writeMany!(many([TAG, GONE]), { lease })).rejects.toThrow(over);
  await expect(directory.write(TAG, OLD, { size: OLD.length }, { lease })).rejects.toThrow(over);
  expect(await everything('host-b')).toEqual({});
});

const leaseIn = (pass: number, lease: Partial<typeof IMPATIENT.lease> = {}, journal = storage('journal')) =>
  leaseOf(
    { journal, source: storage(SIDES.source), destination: storage(SIDES.destination) },
    { job: 'jobs/test', ...SIDES, pass },
    { patience: { ...IMPATIENT, lease: { ...IMPATIENT.lease, ...lease } } },
  );

test('the lease of a pass ends with the final delta that comes after it', async () => {
  await put('filesystem-a', TAG, 'sha256:one');
  await plan({ pass: 1, ...SIDES });
  const early = leaseIn(1, { mostMs: 20 });
  await early();
  await perform(activities, 'planPass', { ...request({ pass: 2, ...SIDES }), final: true });
  await sleep(30);
  await expect(early()).rejects.toMatchObject({ type: 'DestinationClaimed' });
  await leaseIn(2)();
});

test('the lease is asked for once by all who write at the same moment, and not again for a while', async () => {
  await plan({ pass: 1, ...SIDES });
  let asked = 0;
  const journal = storage('journal');
  const counting = altered(journal, {
    list(...args: Parameters<Storage['list']>) {
      asked += 1;
      return journal.list(...args);
    },
  });
  const lease = leaseIn(1, {}, counting);
  await Promise.all(Array.from({ length: 10 }, () => lease()));
  await lease();
  expect(asked).toBe(1);
});
