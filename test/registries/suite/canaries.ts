// A storage is known by what was pushed a moment ago, and a switch by what every replica serves afterwards.

import { rename } from 'node:fs/promises';
import { CancelledFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { findCanaries, writeCanaries } from '../../../activities/inspection/canaries.ts';
import { fileOf } from '../../../activities/journal/keys.ts';
import { readRecord } from '../../../activities/journal/record.ts';
import type { PullOutages } from '../../../activities/registry/images/watch-pulls.ts';
import { withHeartbeat } from '../../../activities/concurrency/heartbeat.ts';
import type { Canary } from '../../../contracts/registry-activities.ts';
import { judgeCanaries } from '../../../domain/registries/canary.ts';
import { activityEnvironment } from '../../registry/registry-rig.ts';
import { prod, type Subject } from './subject.ts';

export function canaries({
  opened,
  content,
  push,
  run,
  once,
  replicas,
  canary,
  tagsOf,
  ways,
}: Subject): void {
  const find = async (storage: string, planted: Canary[]): Promise<Canary[]> => {
    const { environment } = opened();
    const place = await environment.openStorage(storage);
    return await activityEnvironment().run(
      async () =>
        await withHeartbeat(environment, async (meter) => await findCanaries(place, planted, meter)),
    );
  };

  test('are pushed through every replica, found in its storage and nowhere else, and in no list of tags', async () => {
    const job = 'jobs/canaries';
    const before = await run('snapshotTags', { ...prod, job, name: 'before' });
    const planted = await run('plantCanaries', { ...prod, job });
    expect(planted.map(({ replica }) => replica)).toEqual(replicas());
    expect(await run('plantCanaries', { ...prod, job })).toEqual(planted);
    expect((await tagsOf(canary())).sort()).toEqual(planted.map(({ tag }) => tag).sort());
    expect((await run('snapshotTags', { ...prod, job, name: 'with' })).tags).toBe(before.tags);

    const found = await find(opened().storages.source, planted);
    expect(found.every(({ key }) => key !== null)).toBe(true);
    expect(judgeCanaries('the source', found)).toBeUndefined();
    const elsewhere = await find('journal', planted);
    expect(judgeCanaries('an older copy', elsewhere)).toContain(replicas().join(', '));

    // Those of another run go when the next one plants its own, and what a killed try of a push has left
    await push(canary(), 'transship-probe-left', content().app);
    const next = await run('plantCanaries', { ...prod, job: 'jobs/canaries-2' });
    expect((await tagsOf(canary())).sort()).toEqual(next.map(({ tag }) => tag).sort());
    await run('removeCanaries', prod);
    expect(await tagsOf(canary())).toEqual([]);
  });

  test('tell from which of two storages every replica serves', async () => {
    const job = 'jobs/served';
    const { source, destination, copy } = opened().storages;
    const replica = replicas()[0]!;
    const planted = await find(source, await run('plantCanaries', { ...prod, job }));
    await run('setReadOnly', { ...prod, readOnly: true });
    await copy();
    const { environment } = opened();
    const place = await environment.openStorage(destination);
    await activityEnvironment().run(
      async () =>
        await withHeartbeat(environment, async (meter) => {
          await writeCanaries(place, planted, 'marked', meter);
        }),
    );
    const there = {
      ...prod,
      storage: destination,
      other: source,
      canaries: planted,
      side: 'marked' as const,
    };
    const here = { ...prod, storage: source, other: destination, canaries: planted, side: 'pushed' as const };

    await run('proveServedFrom', here);
    await expect(run('proveServedFrom', there)).rejects.toMatchObject({ type: 'WrongStorage' });
    // Whatever the settings say: each replica is asked for bytes.
    await expect(run('proveServedFrom', { ...here, side: 'marked' })).rejects.toMatchObject({
      type: 'WrongStorage',
      details: { wrong: replicas().map((id) => expect.stringContaining(id) as string) },
    });

    await run('switchStorage', { ...once(job), storage: destination, how: ways().there, replica });
    await run('waitUntilHealthy', { ...prod, replicas: replicas() });
    await run('proveServedFrom', there);
    expect((await run('locateStorage', { ...prod, among: [source, destination] })).uses).toEqual([
      destination,
    ]);
    await expect(run('proveServedFrom', here)).rejects.toMatchObject({ type: 'WrongStorage' });

    await run('switchStorage', { ...once(job), storage: source, how: ways().back, replica });
    await run('waitUntilHealthy', { ...prod, replicas: replicas() });
    await run('proveServedFrom', here);
    await run('setReadOnly', { ...prod, readOnly: false });
    await run('removeCanaries', prod);
  });

  test('are pulled again and again, and what fails is written down', async () => {
    const job = 'jobs/pulls';
    const [planted] = await run('plantCanaries', { ...prod, job });
    const environment = activityEnvironment();
    let begun = 0;
    environment.on('heartbeat', () => (begun += 1));
    // Of a blob that is not there either: a tag that somebody deletes is no outage
    const canary = { ...planted!, digest: `sha256:${'0'.repeat(64)}` };
    const watching = run('watchPulls', { ...prod, job, canary }, { environment });
    const ended = watching.catch((error: unknown) => error);
    const record = async () =>
      await readRecord<PullOutages>(
        await opened().environment.openStorage('journal'),
        fileOf('pull-outages', { job }),
      );
    await expect.poll(() => begun, { timeout: 10_000 }).toBeGreaterThan(0);
    // A tag that somebody deletes is no outage as long as its bytes are served.
    const file = opened().blobFile(planted!.digest);
    await rename(file, `${file}.away`);
    await run('removeCanaries', prod);
    await expect.poll(async () => (await record())?.outages.length, { timeout: 10_000 }).toBe(1);
    environment.cancel();
    await rename(`${file}.away`, file);
    expect(await ended).toBeInstanceOf(CancelledFailure);
    const found = await record();
    expect(found!.asked).toBeGreaterThan(0);
    expect(found!.outages).toEqual([{ from: expect.any(String) as string, to: null }]);
  });
}
