// Only an empty destination, or one that was claimed for the same source, is written to; and by one job at a time, which
// every pass and every work list is asked for.

import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import { openFilesystemStorage } from '../../activities/storage/filesystem/filesystem.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import { altered, copyingRig, request } from './copying-rig.ts';

const { storages, storage, folderOf, put, everything, perform, claimed, copyPass } = copyingRig({
  hosts: ['node-1'],
  s3: true,
});

const claim = async (source: string, destination: string, job = 'jobs/test'): Promise<void> =>
  await perform(new MockActivityEnvironment(), 'claimDestination', { job, source, destination });
const release = async (destination: string, job = 'jobs/test', inUse = false): Promise<void> =>
  await perform(new MockActivityEnvironment(), 'releaseDestination', { job, destination, inUse });

const begin = (job: string): Promise<void> =>
  perform(new MockActivityEnvironment(), 'noteInUse', { job, destination: 'host-b' });

const refusedAs = (type: string) => ({ type, retryable: false });

/** Listing takes so long that whoever comes meanwhile does. */
const slowly = (real: Storage): Storage =>
  altered(real, {
    async *list(options: Parameters<Storage['list']>[0]) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      yield* real.list(options);
    },
  });

describe('a destination', () => {
  test('that is empty is claimed, and may be claimed again for the same source only', async () => {
    await put('s3-b', '.transship-probe/left', 'x');
    await claim('filesystem-a', 's3-b');
    await put('s3-b', 'docker/some', 'x');
    await claim('filesystem-a', 's3-b');
    await release('s3-b');
    await claim('filesystem-a', 's3-b', 'jobs/other/1');
    await release('s3-b', 'jobs/other/1');
    await expect(claim('host-a', 's3-b')).rejects.toMatchObject(refusedAs('DestinationNotEmpty'));
  });

  test('that holds what nobody claimed is refused with examples', async () => {
    await put('host-b', 'somebody/elses', 'x');
    await expect(claim('filesystem-a', 'host-b')).rejects.toMatchObject({
      type: 'DestinationNotEmpty',
      details: { examples: ['somebody/elses'] },
    });
  });

  test('that a registry has used is claimed again only while it holds nothing that the source has not', async () => {
    for (const name of ['filesystem-a', 'host-b']) await put(name, 'docker/some', 'x');
    await claimed({ pass: 1, source: 'filesystem-a', destination: 'host-b' });
    await release('host-b', 'jobs/test', true);
    await claim('filesystem-a', 'host-b', 'jobs/other/1');
    await release('host-b', 'jobs/other/1', true);
    await put('host-b', 'docker/pushed', 'x');
    await expect(claim('filesystem-a', 'host-b', 'jobs/other/2')).rejects.toMatchObject({
      type: 'DestinationNotEmpty',
      details: { examples: ['docker/pushed'] },
    });
  });

  test.each(['', 'deeper/'])('that lies in its source, or around it, is refused: %j', async (deeper) => {
    const inner = join(folderOf('filesystem-a'), `${deeper}inside`);
    await mkdir(inner, { recursive: true });
    storages.set('inside', openFilesystemStorage(inner));
    await expect(claim('filesystem-a', 'inside')).rejects.toMatchObject(refusedAs('InvalidInput'));
    await expect(claim('inside', 'filesystem-a')).rejects.toMatchObject(refusedAs('InvalidInput'));
  });

  test('that has links is refused, and a source that has them is copied whole', async () => {
    const disk = folderOf('disk');
    await mkdir(disk);
    storages.set('disk', openFilesystemStorage(disk));
    await put('disk', 'sha256/aa/data', 'behind the link');
    await put('filesystem-a', 'docker/some', 'x');
    await symlink(disk, join(folderOf('filesystem-a'), 'docker/blobs'));
    const links = { 'docker/blobs': disk };
    storages.set('linked', openFilesystemStorage(folderOf('filesystem-a'), links));
    await expect(claim('s3-a', 'linked')).rejects.toMatchObject(refusedAs('InvalidInput'));
    await copyPass({ pass: 1, source: 'linked', destination: 's3-b' });
    const copied = await everything('s3-b');
    expect(Object.keys(copied)).toEqual(['docker/blobs/sha256/aa/data', 'docker/some']);
    expect(copied).toEqual(await everything('linked'));
  });

  test('is in use when a switch to it was begun, and no more when the switch was not taken', async () => {
    await claim('filesystem-a', 'host-b', 'jobs/x/1');
    await begin('jobs/x/1');
    await put('host-b', 'docker/pushed', 'x');
    await expect(claim('filesystem-a', 'host-b', 'jobs/x/2')).rejects.toMatchObject(
      refusedAs('DestinationNotEmpty'),
    );
    await release('host-b', 'jobs/x/1', false);
    await claim('filesystem-a', 'host-b', 'jobs/x/2');
    await begin('jobs/x/2');
    await release('host-b', 'jobs/x/2', true);
    await expect(claim('filesystem-a', 'host-b', 'jobs/x/3')).rejects.toMatchObject(
      refusedAs('DestinationNotEmpty'),
    );
  });

  test('that lies around the journal is refused', async () => {
    storages.set('around', openFilesystemStorage(join(folderOf('journal'), '..')));
    await expect(claim('s3-a', 'around')).rejects.toMatchObject(refusedAs('InvalidInput'));
    await expect(claim('around', 's3-b')).rejects.toMatchObject(refusedAs('InvalidInput'));
  });
});

describe('a claim', () => {
  test.each(['filesystem-a', 'host-b'])('ends when %s means another place', async (name) => {
    await claim('filesystem-a', 'host-b');
    await put('host-b', 'docker/some', 'x');
    storages.set(name, altered(storage(name), { describe: 'elsewhere' }));
    await expect(claim('filesystem-a', 'host-b')).rejects.toMatchObject(refusedAs('DestinationNotEmpty'));
    const pass = request({ pass: 1, source: 'filesystem-a', destination: 'host-b' });
    await expect(
      perform(new MockActivityEnvironment(), 'planPass', { ...pass, final: false }),
    ).rejects.toMatchObject(refusedAs('DestinationClaimed'));
  });

  test("of two who come at once to an empty destination is one's", async () => {
    storages.set('s3-b', slowly(storage('s3-b')));
    const jobs = ['jobs/one/1', 'jobs/two/1', 'jobs/three/1'];
    const ended = await Promise.allSettled(
      jobs.map((job, n) => claim(n === 0 ? 'host-a' : 's3-a', 's3-b', job)),
    );
    const refusals = ended.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    expect(refusals).toHaveLength(2);
    for (const refusal of refusals) expect(refusal).toMatchObject(refusedAs('DestinationClaimed'));
  });

  test("of two who come at once is one's also where the journal knows no exclusive writing", async () => {
    storages.set('journal', altered(storage('journal'), { create: () => Promise.resolve(undefined) }));
    const ended = await Promise.allSettled(
      ['jobs/one/1', 'jobs/two/1'].map((job) => claim('s3-a', 's3-b', job)),
    );
    expect(ended.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test("of another job that has not ended is nobody else's, even for the same source and an empty place", async () => {
    await claim('filesystem-a', 'host-b', 'copies/filesystem-a/host-b');
    await expect(claim('filesystem-a', 'host-b')).rejects.toMatchObject(refusedAs('DestinationClaimed'));
    await release('host-b', 'jobs/test');
    await expect(claim('filesystem-a', 'host-b')).rejects.toMatchObject(refusedAs('DestinationClaimed'));
    await release('host-b', 'copies/filesystem-a/host-b');
    await claim('filesystem-a', 'host-b');
  });

  test('of an earlier run of a migration is taken over, and that run writes no more', async () => {
    await put('filesystem-a', 'docker/some', 'x');
    await claim('filesystem-a', 'host-b', 'jobs/migrate-prod/1');
    await claim('filesystem-a', 'host-b', 'jobs/migrate-prod/2');
    const pass = request({ pass: 1, source: 'filesystem-a', destination: 'host-b' });
    const planned = (job: string) =>
      perform(new MockActivityEnvironment(), 'planPass', { ...pass, job, final: false });
    await expect(planned('jobs/migrate-prod/1')).rejects.toMatchObject(refusedAs('DestinationClaimed'));
    expect(await planned('jobs/migrate-prod/2')).toMatchObject({ copyObjects: 1 });
    await expect(claim('filesystem-a', 'host-b', 'jobs/migrate-other/1')).rejects.toMatchObject(
      refusedAs('DestinationClaimed'),
    );
  });

  test('is asked for by every pass and every work list, also the final one', async () => {
    await put('filesystem-a', 'docker/some', 'x');
    await put('host-b', 'docker/precious', 'x');
    const pass = request({ pass: 1, source: 'filesystem-a', destination: 'host-b' });
    const plan = (final: boolean) => perform(new MockActivityEnvironment(), 'planPass', { ...pass, final });
    const shard = () => perform(new MockActivityEnvironment(), 'copyShard', { ...pass, shard: 0 });
    for (const final of [false, true])
      await expect(plan(final)).rejects.toMatchObject(refusedAs('DestinationClaimed'));
    await claimed({ pass: 1, source: 'filesystem-a', destination: 'host-b' });
    await plan(true);
    await release('host-b');
    await expect(shard()).rejects.toMatchObject(refusedAs('DestinationClaimed'));
    expect(Object.keys(await everything('host-b'))).toEqual(['docker/precious']);
  });

  test('ends once, and only for its own job', async () => {
    await release('host-b');
    await claim('filesystem-a', 'host-b');
    await release('host-b', 'jobs/other');
    const others = claim('filesystem-a', 'host-b', 'jobs/other/1');
    await expect(others).rejects.toMatchObject(refusedAs('DestinationClaimed'));
    for (let n = 0; n < 2; n += 1) await release('host-b');
    await expect(claim('filesystem-a', 'host-b', 'jobs/other/1')).resolves.toBeUndefined();
  });
});
