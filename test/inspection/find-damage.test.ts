// Damage of every kind in real trees: in a directory, and in an S3 bucket.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createCollisionFinder, ignoresCase } from '../../activities/inspection/case-collisions.ts';
import { openFilesystemStorage } from '../../activities/storage/filesystem/filesystem.ts';
import { findDamage } from '../../activities/inspection/find-damage.ts';
import { inProcessMeter } from '../../activities/concurrency/in-process-meter.ts';
import { openStorageEntry } from '../../activities/storage/open-storage.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import type { DamageFinding, DamageReport } from '../../contracts/storage-activities.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { startTestS3, testSecrets } from '../conformance/servers.ts';
import { rowsIn } from '../journal/rows.ts';
import { blobKey, imageKeys, put, putBlob, putImage, V2 } from '../copying/registry-tree.ts';
import { sha256 } from '../support/digests.ts';
import { IMPATIENT, openingOf } from '../support/impatient.ts';

const command = promisify(execFile);

const ALL = Number.POSITIVE_INFINITY;
const MIB = 1024 ** 2;

let root: string;
let s3: Awaited<ReturnType<typeof startTestS3>>;
let run = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'transship-damage-'));
  s3 = await startTestS3();
});
afterAll(async () => {
  await s3.stop();
  await rm(root, { recursive: true });
});

const directory = async (name: string): Promise<Storage> => {
  await mkdir(join(root, name), { recursive: true });
  return openFilesystemStorage(join(root, name));
};
const bucket = (name: string): Promise<Storage> =>
  openStorageEntry(
    's3',
    { ...s3.entry, rootdirectory: name },
    openingOf((ref) => Promise.resolve(testSecrets(s3.s3)[(ref as { env: string }).env] ?? '')),
  );

let journal: Storage;
beforeEach(async () => {
  run += 1;
  journal = await directory(`journal-${run}`);
});

async function look(
  storage: Storage,
  options: { destination?: Storage; readForMs?: number } = {},
): Promise<{ report: DamageReport; findings: DamageFinding[] }> {
  const meter = inProcessMeter(new AbortController().signal, IMPATIENT);
  const { destination = null, readForMs = ALL } = options;
  const report = await findDamage({ journal, storage, destination }, { job: 'jobs/test', readForMs }, meter);
  return { report, findings: await rowsIn<DamageFinding>(journal, report.key) };
}

describe.each([
  ['a directory', directory],
  ['an S3 bucket', bucket],
])('%s', (_kind, open) => {
  let storage: Storage;
  beforeEach(async () => {
    storage = await open(`images-${run}`);
  });

  test('without damage has none, and every blob and link was compared', async () => {
    await putImage(storage, 'team/app', '1.0', [randomBytes(100), randomBytes(MIB)]);
    const { report, findings } = await look(storage);
    expect(findings).toEqual([]);
    // Two layers and the manifest; two layer links, one revision and one entry of the tag's history.
    expect(report).toMatchObject({ counts: {}, examples: [], proved: { objects: 7, of: 7 } });
  });

  test('names blobs that are empty or have other bytes, small and large', async () => {
    const { layers } = await putImage(storage, 'team/app', '1.0', ['small', randomBytes(MIB), 'third', '']);
    await put(storage, blobKey(layers[0]!), 'other');
    await put(storage, blobKey(layers[1]!), randomBytes(MIB));
    await put(storage, blobKey(layers[2]!), '');
    const { report, findings } = await look(storage);
    expect(report.counts).toEqual({ 'wrong-bytes': 2, 'zero-byte-blob': 1 });
    expect(findings).toContainEqual({
      kind: 'wrong-bytes',
      key: blobKey(layers[0]!),
      detail: expect.stringContaining(sha256('other')),
    });
    expect(findings.map(({ key }) => key)).toContain(blobKey(layers[1]!));
    expect(findings).toContainEqual(
      expect.objectContaining({ kind: 'zero-byte-blob', key: blobKey(layers[2]!) }),
    );
    expect(report.proved).toEqual({ objects: report.proved.of, of: report.proved.of });
  });

  test('names links to blobs that are gone, and tags of manifests that are gone', async () => {
    const first = await putImage(storage, 'team/app', '1.0', ['layer']);
    const other = await putImage(storage, 'team/other', '2.0', ['layer']);
    await storage.remove([blobKey(first.layers[0]!), blobKey(first.manifest), other.keys.revision]);
    const { report, findings } = await look(storage);
    expect(report.counts).toEqual({ 'link-without-blob': 5 });
    expect(new Set(findings.map(({ key }) => key))).toEqual(
      new Set([
        first.keys.layers[0],
        first.keys.revision,
        other.keys.layers[0],
        other.keys.history,
        other.keys.current,
      ]),
    );
  });

  test('names links whose text is wrong: cut off, of another digest, or none', async () => {
    const { keys, manifest } = await putImage(storage, 'team/app', '1.0', ['layer', 'second']);
    await put(storage, keys.layers[0]!, '');
    await put(storage, keys.layers[1]!, `sha256:${manifest}`);
    await put(storage, keys.current, 'sha256:abc');
    const { findings } = await look(storage);
    expect(findings.map(({ kind }) => kind)).toEqual(['wrong-bytes', 'wrong-bytes', 'wrong-bytes']);
    expect(new Set(findings.map(({ key }) => key))).toEqual(
      new Set([keys.layers[0], keys.layers[1], keys.current]),
    );
  });

  test('names unfinished uploads once each, and counts blobs under ids', async () => {
    const upload = `${V2}/repositories/team/app/_uploads/0f5b`;
    await put(storage, `${upload}/data`, 'half of it');
    await put(storage, `${upload}/startedat`, '2026-01-01T00:00:00Z');
    await put(storage, `${V2}/blobs/id/4f/4f2a/data`, 'one');
    await put(storage, `${V2}/blobs/id/4f/4f2b/data`, 'two');
    await put(storage, `${V2}/blobs/id/50/5011/data`, 'three');
    const { report, findings } = await look(storage);
    expect(report.counts).toEqual({ 'upload-leftover': 2, 'named-by-id': 3 });
    expect(findings.map(({ key, detail }) => [key, detail])).toEqual([
      [`${V2}/blobs/id/4f/`, '2 objects, 6 B'],
      [`${V2}/blobs/id/50/`, '1 object, 5 B'],
      [`${upload}/`, '2 objects, 30 B'],
    ]);
  });

  test('without time for reading tells what keys and sizes tell, and says that nothing was compared', async () => {
    const { layers } = await putImage(storage, 'team/app', '1.0', ['small', 'empty']);
    await put(storage, blobKey(layers[0]!), 'other');
    await put(storage, blobKey(layers[1]!), '');
    const { report } = await look(storage, { readForMs: 0 });
    expect(report.counts).toEqual({ 'zero-byte-blob': 1 });
    expect(report.proved).toEqual({ objects: 1, of: 7 });
  });
});

test('a blob of no bytes is right under the digest of no bytes', async () => {
  const storage = await directory(`images-${run}`);
  await putBlob(storage, '');
  expect((await look(storage)).report).toMatchObject({ counts: {}, proved: { objects: 1, of: 1 } });
});

test('an object that cannot be read is named, and the others go on', async () => {
  const folder = join(root, `images-${run}`);
  const storage = await directory(`images-${run}`);
  const { layers } = await putImage(storage, 'team/app', '1.0', [randomBytes(MIB), 'second']);
  // A directory in place of a file would be no object; this storage lists an object that it does not give.
  const broken: Storage = {
    ...storage,
    read: (key, options) =>
      key === blobKey(layers[0]!)
        ? Promise.reject(new Error('input/output error'))
        : storage.read(key, options),
  };
  await writeFile(join(folder, 'note'), 'not of the registry');
  const { findings } = await look(broken);
  expect(findings).toEqual([
    { kind: 'wrong-bytes', key: blobKey(layers[0]!), detail: 'cannot be read: input/output error' },
  ]);
});

test('objects over the limit of the destination are named, and unfinished uploads are not', async () => {
  const storage = await directory(`images-${run}`);
  const destination = { ...(await directory(`destination-${run}`)), limits: { object: 100, parts: 100 } };
  const large = await putBlob(storage, 'x'.repeat(101));
  await putBlob(storage, 'y'.repeat(100));
  await put(storage, `${V2}/repositories/team/app/_uploads/1/data`, 'z'.repeat(200));
  const { findings } = await look(storage, { destination });
  expect(findings.filter(({ kind }) => kind === 'too-large').map(({ key }) => key)).toEqual([blobKey(large)]);
});

test('a copy that does not fit is named, and what is there already counts', async () => {
  const storage = await directory(`images-${run}`);
  for (const text of ['x', 'y', 'z']) await putBlob(storage, text.repeat(100));
  const real = await directory(`destination-${run}`);
  const destination = { ...real, freeRoom: () => Promise.resolve({ bytes: 250, inodes: null }) };
  const kinds = async (to: Storage) =>
    (await look(storage, { destination: to })).findings.map(({ kind }) => kind);
  expect(await kinds(destination)).toEqual(['no-space']);
  await putBlob(real, 'x'.repeat(100));
  expect(await kinds(destination)).toEqual([]);
  expect((await real.freeRoom!()).bytes).toBeGreaterThan(1000);
});

test('a copy of more files than the destination has inodes for is named', async () => {
  const storage = await directory(`images-${run}`);
  for (const text of ['x', 'y', 'z']) await putBlob(storage, text);
  const mounted = join(root, `few-inodes-${run}`);
  await mkdir(mounted);
  await command('mount', ['-t', 'tmpfs', '-o', 'size=4m,nr_inodes=5', 'tmpfs', mounted]);
  try {
    const small = openFilesystemStorage(mounted);
    const { findings } = await look(storage, { destination: small });
    expect(findings.map(({ kind, detail }) => [kind, detail])).toEqual([
      [
        'no-space',
        expect.stringMatching(/^has 3 objects .* of which 0 can be there; .* has [34] inodes free$/),
      ],
    ]);
    await command('mount', ['-o', 'remount,nr_inodes=20', mounted]);
    expect((await look(storage, { destination: small })).findings).toEqual([]);
  } finally {
    // Threads may have a folder of it open for a moment
    await command('umount', ['--lazy', mounted]);
  }
});

test('a large object is too large where objects may not be written in parts', async () => {
  const storage = await directory(`images-${run}`);
  const large = await putBlob(storage, 'x'.repeat(101));
  await putBlob(storage, 'y'.repeat(102));
  let tried = 0;
  const destination: Storage = {
    ...(await directory(`destination-${run}`)),
    limits: { object: 1000, parts: 100 },
    writeInParts: () => {
      tried += 1;
      return Promise.reject(new TransshipError('AccessDenied', 'no ListMultipartUploadParts'));
    },
  };
  const { findings } = await look(storage, { destination });
  expect(findings.filter(({ kind }) => kind === 'too-large')).toHaveLength(2);
  expect(findings.find(({ key }) => key === blobKey(large))?.detail).toContain('ListMultipartUploadParts');
  expect(tried).toBe(1);
});

test('what only this kind of storage can have is in the report', async () => {
  const own = { kind: 'missing-segments', key: 'k', detail: 'segment 3 of 7 is gone' } as const;
  const storage: Storage = {
    ...(await directory(`images-${run}`)),
    async *damage() {
      yield await Promise.resolve(own);
    },
  };
  const { report, findings } = await look(storage);
  expect(findings).toEqual([own]);
  expect(report.counts).toEqual({ 'missing-segments': 1 });
});

test('examples are five of each kind at most; every finding is in the journal', async () => {
  const storage = await directory(`images-${run}`);
  for (let index = 0; index < 8; index += 1) await put(storage, blobKey(sha256(String(index))), '');
  const { report, findings } = await look(storage);
  expect(report.counts).toEqual({ 'zero-byte-blob': 8 });
  expect(report.examples).toHaveLength(5);
  expect(findings).toHaveLength(8);
});

test('a scan that is cancelled ends with the reason and changes nothing', async () => {
  const storage = await directory(`images-${run}`);
  await putImage(storage, 'team/app', '1.0', ['layer']);
  const cancel = new AbortController();
  cancel.abort(new Error('enough'));
  const scan = findDamage(
    { journal, storage, destination: null },
    { job: 'jobs/test', readForMs: ALL },
    inProcessMeter(cancel.signal, IMPATIENT),
  );
  await expect(scan).rejects.toThrow('enough');
  expect(await journal.stat('jobs/test/damage.ndjson')).toBeUndefined();
});

/** As a volume that does not tell case apart. */
const caseless = (storage: Storage): Storage => ({
  ...storage,
  stat: async (key) => {
    for await (const object of storage.list({}))
      if (object.key.toLowerCase() === key.toLowerCase()) return { size: object.size };
    return undefined;
  },
});

describe('upper and lower case', () => {
  test('a destination is asked once, and nothing stays there', async () => {
    const destination = await directory(`destination-${run}`);
    const { signal } = new AbortController();
    expect(await ignoresCase(destination, signal)).toBe(false);
    expect(await ignoresCase(caseless(destination), signal)).toBe(true);
    for await (const { key } of destination.list({})) expect.fail(`${key} is left`);
  });

  test('a destination that cannot be written to does not end the scan: its check tells of that', async () => {
    const storage = await directory(`images-${run}`);
    await putImage(storage, 'team/app', '1.0', ['layer']);
    const denied = (type: 'AccessDenied' | 'StorageUnavailable'): Storage => ({
      ...storage,
      write: () => Promise.reject(new TransshipError(type, 'no')),
    });
    expect((await look(storage, { destination: denied('AccessDenied') })).findings).toEqual([]);
    await expect(look(storage, { destination: denied('StorageUnavailable') })).rejects.toThrow('no');
  });

  test('tags that it would take for one are named only if it does', async () => {
    const storage = await directory(`images-${run}`);
    const destination = await directory(`destination-${run}`);
    await putImage(storage, 'team/app', 'RC1', ['layer']);
    await putImage(storage, 'team/app', 'Other', ['layer']);
    const { manifest } = await putImage(storage, 'team/app', 'rc1', ['layer']);
    expect((await look(storage, { destination })).findings).toEqual([]);
    const { findings } = await look(storage, { destination: caseless(destination) });
    const [upper, lower] = ['RC1', 'rc1'].map((tag) => imageKeys('team/app', tag, manifest, []));
    expect(findings).toEqual([
      {
        kind: 'case-collision',
        key: lower!.current,
        detail: `is ${upper!.current} to ${destination.describe}`,
      },
    ]);
  });

  test('siblings collide, also below a folder that does; others do not', () => {
    const collides = createCollisionFinder();
    const keys = ['A/x', 'B/a/X', 'B/a/x', 'B/b/x', 'a/y', 'b/c'];
    expect(keys.map(collides)).toEqual([undefined, undefined, 'B/a/X', undefined, 'A/y', 'B/c']);
  });
});
