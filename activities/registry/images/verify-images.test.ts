// A verification can fail, and does not fail falsely: what is said of registries that lose links, that move tags, that are busy,
// that hold manifests of every age, and what an attempt knows of the one before it.

import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TransshipError } from '../../../domain/transship-error.ts';
import { inProcessMeter } from '../../concurrency/in-process-meter.ts';
import { patienceWith } from '../../concurrency/patience.ts';
import { fileOf } from '../../journal/keys.ts';
import { readLines, writeLines } from '../../journal/lines.ts';
import { openFilesystemStorage } from '../../storage/filesystem/filesystem.ts';
import type { Storage } from '../../storage/storage.ts';
import type { ControlPlane } from '../control-plane.ts';
import { snapshotTags } from '../tags.ts';
import { verifyImages } from './verify-images.ts';

const IMPATIENT = patienceWith(() => Promise.resolve());
const job = 'jobs/a/b';

let dir: string;
let journal: Storage;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'transship-verify-'));
  journal = openFilesystemStorage(dir);
});
afterEach(() => rm(dir, { recursive: true }));

const digestOf = (bytes: Buffer | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** What a test says happens at a part of an image before the registry answers for it. */
type Hook = (part: string) => void;

/** A registry in memory: manifests, tags and blobs of each repository, and no cluster. */
function memoryRegistry() {
  const repositories = new Map<
    string,
    { tags: Map<string, string>; manifests: Map<string, Buffer>; blobs: Map<string, Buffer> }
  >();
  const asked: string[] = [];
  const details: unknown[] = [];
  const state = { hook: (() => undefined) as Hook, previous: undefined as unknown };
  const of = (name: string) => {
    const known = repositories.get(name) ?? { tags: new Map(), manifests: new Map(), blobs: new Map() };
    repositories.set(name, known);
    return known;
  };
  const ask = (part: string): void => {
    asked.push(part);
    state.hook(part);
  };
  const images = {
    async getManifest(repository: string, reference: string) {
      ask(`${repository}@${reference}`);
      const { tags, manifests } = of(repository);
      const bytes = manifests.get(tags.get(reference) ?? reference);
      return bytes && { bytes, mediaType: '' };
    },
    async blobSize(repository: string, digest: string) {
      ask(`${repository}/${digest}`);
      return of(repository).blobs.get(digest)?.length;
    },
    async headBlob(repository: string, digest: string) {
      ask(`HEAD ${repository}/${digest}`);
      return of(repository).blobs.get(digest)?.length;
    },
    async pullBlob(repository: string, { digest }: { digest: string }, onChunk: (chunk: Buffer) => void) {
      ask(`${repository}/${digest}`);
      const bytes = of(repository).blobs.get(digest);
      if (bytes !== undefined) onChunk(bytes);
      return bytes !== undefined;
    },
  };
  const registry = {
    get meter() {
      const meter = inProcessMeter(new AbortController().signal, IMPATIENT, (news) => details.push(news));
      return { ...meter, previous: state.previous };
    },
    images,
    replicas: [],
    canaryRepository: 'admin/canary',
    ping: async () => undefined,
    members: async () => [],
    async *repositories() {
      yield* repositories.keys();
    },
    async *tags(repository: string) {
      for (const [tag, digest] of of(repository).tags) yield { tag, digest };
    },
    async *manifests(repository: string) {
      yield* of(repository).manifests.keys();
    },
  } as unknown as ControlPlane;
  return {
    registry,
    asked,
    details,
    state,
    of,
    /** Tag and all parts; resolves with the digest. */
    push: (repository: string, tag: string | null, manifest: object, blobs: string[]): string => {
      const bytes = Buffer.from(JSON.stringify(manifest));
      const { tags, manifests, blobs: held } = of(repository);
      manifests.set(digestOf(bytes), bytes);
      if (tag !== null) tags.set(tag, digestOf(bytes));
      for (const blob of blobs) held.set(digestOf(blob), Buffer.from(blob));
      return digestOf(bytes);
    },
  };
}

const descriptor = (blob: string) => ({ digest: digestOf(blob), size: blob.length });
const imageOf = (...blobs: [string, ...string[]]) => ({
  schemaVersion: 2,
  config: descriptor(blobs[0]),
  layers: blobs.slice(1).map(descriptor),
});
const schema1Of = (...layers: string[]) => ({
  schemaVersion: 1,
  name: 'dev/old',
  fsLayers: layers.map((layer) => ({ blobSum: digestOf(layer) })),
});

type Options = Partial<Omit<Parameters<typeof verifyImages>[2], 'job'>>;

async function verify(registry: ControlPlane, options: Options = {}) {
  const snapshot =
    options.snapshot ?? (await snapshotTags(registry, journal, { job, name: options.name ?? 'all' })).key;
  const found = await verifyImages(registry, journal, {
    job,
    name: 'all',
    sample: 0,
    from: 0,
    withinMs: null,
    tolerated: { problems: null, damagedInPass: null },
    ...options,
    snapshot,
  });
  const rows = await Array.fromAsync(
    readLines<{ repository: string; tag: string; problem: string; digest: string }>(journal, {
      kind: 'verification',
      key: found.key,
    }),
  );
  return { found, rows, snapshot };
}

test('the link to a layer that one repository has lost is missed, although another one still serves it', async () => {
  const { registry, push, of, asked } = memoryRegistry();
  for (const repository of ['a/a', 'a/b'])
    push(repository, 'v1', imageOf('config', 'layer'), ['config', 'layer']);
  expect(await verify(registry)).toMatchObject({ found: { problems: 0, blobs: 2 } });
  // The storage is asked once for each of them, and each repository for its right to it.
  expect(asked.filter((part) => part.includes('/sha256') && !part.startsWith('HEAD'))).toHaveLength(2);
  expect(asked.filter((part) => part.startsWith('HEAD a/b/'))).toHaveLength(2);
  of('a/b').blobs.delete(digestOf('layer'));
  expect((await verify(registry)).rows).toEqual([
    { repository: 'a/b', tag: 'v1', problem: 'blob-missing', digest: digestOf('layer') },
  ]);
});

test('manifests without a tag are verified, and what is wrong with those of an index is told once', async () => {
  const { registry, push, of } = memoryRegistry();
  const child = push('a/a', null, imageOf('config', 'layer'), ['config', 'layer']);
  const signature = push('a/a', null, { ...imageOf('signed'), subject: { digest: child } }, ['signed']);
  push('a/a', 'multi', { schemaVersion: 2, manifests: [{ digest: child, size: 1 }] }, []);
  expect(await verify(registry)).toMatchObject({
    found: { tags: 1, checkedTo: 1, manifests: 3, problems: 0 },
  });
  of('a/a').blobs.delete(digestOf('signed'));
  expect((await verify(registry)).rows).toMatchObject([
    { repository: 'a/a', tag: '(untagged)', problem: 'blob-missing', digest: digestOf('signed') },
  ]);
  of('a/a').blobs.delete(digestOf('layer'));
  expect((await verify(registry)).rows).toMatchObject([{ tag: 'multi' }, { tag: '(untagged)' }]);
  of('a/a').blobs.set(digestOf('layer'), Buffer.from('layer'));
  of('a/a').manifests.delete(signature);
  const { snapshot } = await verify(registry);
  expect(await verify(registry, { snapshot })).toMatchObject({ found: { problems: 0 } });
});

test('a tag that was moved or deleted since the list was made is judged by what it is now', async () => {
  const { registry, push, of } = memoryRegistry();
  const first = push('dev/app', 'latest', imageOf('config', 'one'), ['config', 'one']);
  push('dev/app', 'gone', imageOf('config', 'two'), ['config', 'two']);
  const { snapshot } = await verify(registry);

  push('dev/app', 'latest', imageOf('config', 'three'), ['config', 'three']);
  of('dev/app').manifests.delete(first);
  of('dev/app').tags.delete('gone');
  of('dev/app').blobs.delete(digestOf('two'));
  expect(await verify(registry, { snapshot, sample: 20 })).toMatchObject({
    found: { tags: 2, problems: 0, pulledTags: 2 },
    rows: [],
  });
  // While pushes are refused nothing moves: then it is lost.
  expect((await verify(registry, { snapshot, withinMs: 60_000 })).found.problems).toBe(2);

  of('dev/app').blobs.delete(digestOf('three'));
  expect((await verify(registry, { snapshot })).rows).toMatchObject([
    { tag: 'latest', problem: 'blob-missing', digest: digestOf('three') },
  ]);
});

test('images of schema 1 are verified by their layers', async () => {
  const { registry, push, of } = memoryRegistry();
  push('dev/old', 'v1', schema1Of('a layer', 'another', 'a layer'), ['a layer', 'another']);
  expect(await verify(registry, { sample: 1 })).toMatchObject({
    found: { problems: 0, blobs: 2, unverified: 0, pulledTags: 1 },
  });
  of('dev/old').blobs.delete(digestOf('another'));
  expect((await verify(registry)).rows).toMatchObject([
    { problem: 'blob-missing', digest: digestOf('another') },
  ]);
});

test('a manifest of a format that nobody knows is no problem, is counted, and may not go missing', async () => {
  const { registry, push, of } = memoryRegistry();
  const odd = push('dev/odd', 'v1', { what: 'is this' }, []);
  const baseline = await verify(registry, { name: 'baseline' });
  expect(baseline.found).toMatchObject({ problems: 0, unverified: 1 });
  of('dev/odd').manifests.delete(odd);
  const tolerated = { problems: baseline.found.key, damagedInPass: null };
  const { rows } = await verify(registry, { snapshot: baseline.snapshot, tolerated });
  expect(rows).toMatchObject([{ problem: 'manifest-missing', digest: odd }]);
});

test('tolerated is the same problem of the same part in the same repository, and no other', async () => {
  const { registry, push, of, state } = memoryRegistry();
  for (const repository of ['a/a', 'a/b'])
    push(repository, 'v1', imageOf('config', 'layer'), ['config', 'layer']);
  const layer = digestOf('layer');
  state.hook = (part) => {
    if (part === `a/a/${layer}`) throw new TransshipError('RegistryUnhealthy', 'no', { status: 500 });
  };
  const baseline = await verify(registry, { name: 'baseline' });
  expect(baseline.rows).toMatchObject([{ repository: 'a/a', problem: 'blob-unreadable' }]);
  const again = async () =>
    await verify(registry, {
      snapshot: baseline.snapshot,
      tolerated: { problems: baseline.found.key, damagedInPass: null },
    });
  expect((await again()).found).toMatchObject({ problems: 0, known: 1 });
  // What could not be read before may not be missing now.
  state.hook = () => undefined;
  of('a/a').blobs.delete(layer);
  expect((await again()).rows).toMatchObject([{ repository: 'a/a', problem: 'blob-missing' }]);
  of('a/a').blobs.set(layer, Buffer.from('layer'));
  of('a/b').blobs.delete(layer);
  expect((await again()).rows).toMatchObject([{ repository: 'a/b', problem: 'blob-missing' }]);
});

test('what was accepted as damaged is known wherever it is used', async () => {
  const { registry, push, of } = memoryRegistry();
  push('a/a', 'v1', imageOf('config', 'layer'), ['config']);
  const hex = digestOf('layer').slice('sha256:'.length);
  const key = `docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`;
  await writeLines(journal, fileOf('result', { job, pass: 3, shard: 0 }), [{ key, damaged: {} }]);
  expect(of('a/a').blobs.size).toBe(1);
  const tolerated = { problems: null, damagedInPass: 3 };
  expect((await verify(registry, { tolerated })).found).toMatchObject({ problems: 0, known: 1 });
});

test.each([429, 502, 503, 504, undefined])(
  'a registry that answers %s for a while is waited for, for as long as it asks',
  async (status) => {
    const { registry, push, state } = memoryRegistry();
    push('a/a', 'v1', imageOf('config', 'layer'), ['config', 'layer']);
    const { snapshot } = await verify(registry);
    const refusals = new Map<string, number>();
    state.hook = (part) => {
      const before = refusals.get(part) ?? 0;
      refusals.set(part, before + 1);
      const details = { retryAfterMs: 5, ...(status === undefined ? {} : { status }) };
      if (before < 5) throw new TransshipError('RegistryUnhealthy', 'busy', details);
    };
    expect((await verify(registry, { snapshot })).found).toMatchObject({ problems: 0 });
    expect([...refusals.values()]).toEqual([6, 6, 6]);
  },
);

test('an attempt that follows a killed one goes on where that one was', async () => {
  const { registry, push, of, asked, details, state } = memoryRegistry();
  for (let number = 0; number < 1200; number += 1)
    push('a/a', `t${String(number).padStart(4, '0')}`, imageOf(`config ${number}`), [`config ${number}`]);
  const lost = digestOf('config 7');
  of('a/a').blobs.delete(lost);
  const whole = await verify(registry, { sample: 3 });
  expect(whole.found).toMatchObject({ tags: 1200, problems: 1, pulledTags: 3 });

  const { snapshot } = whole;
  state.hook = (part) => {
    if (part === `a/a/${digestOf('config 1100')}`) throw new Error('killed');
  };
  await expect(verify(registry, { snapshot, sample: 3 })).rejects.toThrow('killed');
  state.hook = () => undefined;
  state.previous = details.at(-1);
  asked.length = 0;
  const resumed = await verify(registry, { snapshot, sample: 3 });
  expect(resumed).toEqual(whole);
  // Two parts each of the 200 behind the checkpoint; the sample and the largest are looked at again and pulled.
  expect(asked.length).toBeLessThan(500);

  // Another verification knows nothing of it, and neither does one whose list was lost.
  asked.length = 0;
  await verify(registry, { snapshot, name: 'other' });
  expect(asked).toHaveLength(2400);
  await journal.remove([resumed.found.key]);
  asked.length = 0;
  expect(await verify(registry, { snapshot, sample: 3 })).toEqual(whole);
  expect(asked.length).toBeGreaterThan(2400);
});

test('a check that has no time left for what has no tag says that it is to go on', async () => {
  const { registry, push, state } = memoryRegistry();
  push('a/a', 'v1', imageOf('config'), ['config']);
  for (let number = 0; number < 60; number += 1)
    push('a/a', null, imageOf(`bare ${number}`), [`bare ${number}`]);
  const { snapshot, found } = await verify(registry);
  expect(found).toMatchObject({ tags: 1, checkedTo: 1, manifests: 61 });
  const clock = Date.now;
  try {
    state.hook = () => {
      Date.now = () => clock() + 60_000;
    };
    const hasty = await verify(registry, { snapshot, withinMs: 30_000 });
    expect(hasty.found).toMatchObject({ tags: 1, checkedTo: 0 });
  } finally {
    Date.now = clock;
  }
  expect((await verify(registry, { snapshot, from: 0 })).found.checkedTo).toBe(1);
});
