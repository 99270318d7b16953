// Whatever is done to a set, a verification finds it and names where and why.

import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { SetManifest, SetProblem } from '../../contracts/backup.ts';
import { contentKey, manifestKey, SET_FILES, setFileKey } from '../../domain/backup/set.ts';
import { makeImage } from '../../lab/content/images.ts';
import { textLayer } from '../../lab/content/layers.ts';
import { pushImage } from '../../lab/content/push-image.ts';
import { openFilesystemStorage } from '../../activities/storage/filesystem/filesystem.ts';
import { type DistributionRig, startDistributionRig } from '../registry/distribution-rig.ts';
import { altered } from '../copying/copying-rig.ts';
import { backupsRig, type BackupsRig } from './backups-rig.ts';

const PLACES_OF_A_FILE = 6;
const EVERYTHING = 1024 ** 3;

let rig: DistributionRig;
let backups: BackupsRig;
let first: SetManifest;
let set: SetManifest;
let whole: string;

const at = (key: string): string => join(backups.folder, key);
const deep = async () =>
  await backups.run('rehashContent', {
    job: 'jobs/sets-prod/deep',
    repository: 'main',
    bytes: EVERYTHING,
  });
const problems = async (of = backups, id = set.id, registry = 'prod'): Promise<SetProblem[]> =>
  (await of.check(id, registry)).examples;
const reasons = async (...args: Parameters<typeof problems>): Promise<string[]> =>
  (await problems(...args)).map(({ what, reason }) => `${what} ${reason}`);

beforeAll(async () => {
  rig = await startDistributionRig('debian-2.8');
  backups = await backupsRig(rig.environment);
  for (const tag of ['v1', 'v2']) {
    const layers = [await textLayer(tag, 2_000), await textLayer('shared', 9_000)];
    await pushImage(rig.client, 'dev/app', tag, makeImage('docker', tag, layers));
    const manifest = await backups.backUp();
    first ??= manifest;
    set = manifest;
  }
  whole = `${backups.folder}-whole`;
  await cp(backups.folder, whole, { recursive: true });
});

afterEach(async () => {
  await rm(backups.folder, { recursive: true });
  await cp(whole, backups.folder, { recursive: true });
});

afterAll(async () => {
  await rm(whole, { recursive: true, force: true });
  await backups.stop();
  await rig.stop();
});

test('nothing is wrong with what nobody has touched', async () => {
  expect(await problems()).toEqual([]);
  expect(await deep()).toMatchObject({ problems: 0, oldest: expect.any(String) as string });
});

test('a byte that is flipped, and an end that is cut off, is found in every file and named', async () => {
  const entries = await readdir(backups.folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(backups.folder, join(entry.parentPath, entry.name)))
    .filter((key) => key.includes(set.id) || key.startsWith('content/'));
  const unfound: string[] = [];
  let places = 0;
  const look = async (key: string, what: string, bytes: Buffer): Promise<void> => {
    places += 1;
    await writeFile(at(key), bytes);
    const found = [...(await problems()), ...(await deep()).examples];
    if (!found.some((problem) => problem.what === key && problem.reason !== '')) unfound.push(what);
  };
  for (const key of files) {
    const bytes = await readFile(at(key));
    for (let place = 0; place < PLACES_OF_A_FILE; place += 1) {
      const offset = Math.floor((place * (bytes.length - 1)) / (PLACES_OF_A_FILE - 1));
      const flipped = Buffer.from(bytes);
      flipped[offset]! ^= 1 << (place % 8);
      await look(key, `${key} flipped at ${offset}`, flipped);
    }
    for (const length of [0, Math.floor(bytes.length / 2), bytes.length - 1])
      await look(key, `${key} cut at ${length}`, bytes.subarray(0, length));
    await writeFile(at(key), bytes);
  }
  expect(unfound).toEqual([]);
  expect(places).toBeGreaterThan(100);
});

test('each file that is missing is named, and without its manifest there is no set', async () => {
  for (const file of SET_FILES) {
    const key = setFileKey('prod', set.id, file);
    await rename(at(key), `${at(key)}.away`);
    expect(await reasons()).toContain(`${key} ${key} is missing`);
    await rename(`${at(key)}.away`, at(key));
  }
  await rm(at(manifestKey('prod', set.id)));
  expect(await reasons()).toEqual([expect.stringContaining('without it there is no set')]);
});

test('content that is missing is named with what it is', async () => {
  const rows = (await readFile(at(setFileKey('prod', set.id, 'blobs.ndjson')), 'utf8')).trimEnd().split('\n');
  const { key, sha256 } = JSON.parse(rows[0]!) as { key: string; sha256: string };
  await rm(at(contentKey(sha256)));
  expect(await reasons()).toEqual([`${contentKey(sha256)} is missing; it is ${key}`]);
});

test('files of another set, and strange ones, are found', async () => {
  const key = setFileKey('prod', set.id, 'tags.ndjson');
  await cp(at(setFileKey('prod', first.id, 'tags.ndjson')), at(key));
  await writeFile(at(`sets/prod/${set.id}/more`), 'more');
  expect(await reasons()).toEqual([
    `sets/prod/${set.id}/more is no file of the set`,
    expect.stringContaining(`${key} has ${first.files['tags.ndjson'].bytes} bytes, and its manifest names`),
  ]);
});

test('a set that lies where another belongs is foreign', async () => {
  await cp(at(`sets/prod/${set.id}`), at(`sets/other/${set.id}`), { recursive: true });
  expect(await reasons(backups, set.id, 'other')).toEqual([
    expect.stringContaining('is of another place: its registry is prod, and here it is other'),
  ]);
  await rm(at(`sets/prod/${first.id}`), { recursive: true });
  await cp(at(`sets/prod/${set.id}`), at(`sets/prod/${first.id}`), { recursive: true });
  expect(await reasons(backups, first.id)).toEqual([
    expect.stringContaining('is of another place: its id is'),
  ]);
});

test('a set of another repository, of another key, or that nobody here can open, is refused with the reason', async () => {
  const offsite = openFilesystemStorage(join(backups.folder, '../offsite'));
  await cp(at('sets'), join(backups.folder, '../offsite/sets'), { recursive: true });
  expect(await reasons(backups.otherwise({ storages: { 'main-sets': offsite } }))).toEqual([
    expect.stringContaining('is of another place: its repository is'),
  ]);
  const signing = { key: await backups.newKey('other.pem') };
  expect(await reasons(backups.otherwise({ main: { signing } }))).toEqual([
    expect.stringContaining('is signed with another key: sha256:'),
  ]);
  const passphrase = { file: join(backups.folder, '../other-passphrase') };
  expect(await reasons(backups.otherwise({ main: { encryption: { passphrase } } }))).toEqual([
    expect.stringContaining('was encrypted with another passphrase'),
  ]);
});

test('content that was found damaged stays a problem until the next backup has written it again', async () => {
  const key = `content/sha256/${(await readdir(at('content/sha256')))[0]!}`;
  const [name] = await readdir(at(key));
  const path = at(join(key, name!));
  const bytes = await readFile(path);
  bytes[0]! ^= 1;
  await writeFile(path, bytes);
  // Its length is right, so that only reading tells.
  expect(await problems()).toEqual([]);
  expect(await deep()).toMatchObject({ problems: 1 });
  expect(await reasons()).toEqual([expect.stringContaining('was found damaged when it was read')]);
  expect((await backups.backUp()).content.newBlobs).toBe(1);
  expect(await problems()).toEqual([]);
  expect(await deep()).toMatchObject({ problems: 0 });
});

test('a backup that ends anywhere leaves no set, and the next one copies nothing that is there', async () => {
  await rm(at('content'), { recursive: true });
  await rm(at('sets'), { recursive: true });
  const real = backups.storage;
  let manifest: SetManifest | undefined;
  let copied = 0;
  let ends = 0;
  for (let writes = 1; manifest === undefined; writes += 1) {
    let left = writes;
    const dying = async <T>(write: () => Promise<T>): Promise<T> => {
      left -= 1;
      if (left < 0) throw new Error('killed');
      return await write();
    };
    const storage = altered(real, {
      write: async (...args: Parameters<typeof real.write>) => await dying(() => real.write(...args)),
      writeMany: async (...args: Parameters<NonNullable<typeof real.writeMany>>) =>
        await dying(() => real.writeMany!(...args)),
      writeLent: undefined,
    });
    const there = (await readdir(at('content'), { recursive: true }).catch(() => [])).length;
    manifest = await backups
      .otherwise({ storages: { 'main-sets': storage } })
      .backUp()
      .catch(() => undefined);
    if (manifest !== undefined) break;
    ends += 1;
    expect(await readdir(at('sets/prod')).catch(() => [])).toHaveLength(ends);
    const names = await readdir(at('sets'), { recursive: true }).catch(() => []);
    expect(names.filter((name) => name.endsWith('manifest.json'))).toEqual([]);
    copied = Math.max(copied, there);
  }
  expect(ends).toBeGreaterThan(4);
  expect(manifest.content.newBlobs).toBe(0);
  expect(copied).toBeGreaterThan(0);
  expect(await problems(backups, manifest.id)).toEqual([]);
});
