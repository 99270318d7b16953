// The storage commands as people and scripts run them, on real directories and a real S3 server, without Temporal.

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { endClaim, noteFinalDelta } from '../../activities/copying/claim.ts';
import { forceClaim } from '../copying/force-claim.ts';
import { openFilesystemStorage } from '../../activities/storage/filesystem/filesystem.ts';
import { openStorageEntry } from '../../activities/storage/open-storage.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import { runCli } from '../../client/cli/run-cli.ts';
import { blobKey, put, putBlob, putImage, V2 } from '../copying/registry-tree.ts';
import { freePort } from '../../lab/free-port.ts';
import { sha256 } from '../support/digests.ts';
import { startTestS3, testSecrets } from '../conformance/servers.ts';
import { rowsIn } from '../journal/rows.ts';
import { recordedIo, type RecordedIo } from './recorded-io.ts';
import { openingOf } from '../support/impatient.ts';
import { repositoriesOn } from '../support/repositories.ts';

let root: string;
let s3: Awaited<ReturnType<typeof startTestS3>>;
let env: Record<string, string>;
let run = 0;
let folder: string;
let inventory: string;
let volume: Storage;
let spare: Storage;
let bucket: Storage;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'transship-storage-'));
  s3 = await startTestS3();
  env = testSecrets(s3.s3);
});
afterAll(async () => {
  await s3.stop();
  await rm(root, { recursive: true });
});

/** Every test has empty storages: `volume`, `spare`, `bucket`. */
beforeEach(async () => {
  run += 1;
  folder = join(root, String(run));
  for (const name of ['volume', 'spare', 'journal']) await mkdir(join(folder, name), { recursive: true });
  volume = openFilesystemStorage(join(folder, 'volume'));
  spare = openFilesystemStorage(join(folder, 'spare'));
  const entry = { ...s3.entry, rootdirectory: `/run-${run}` };
  bucket = await openStorageEntry(
    'bucket',
    entry,
    openingOf((ref) => Promise.resolve(env[(ref as { env: string }).env] ?? '')),
  );
  inventory = join(folder, 'inventory.yaml');
  const storages = {
    volume: { kind: 'filesystem', path: join(folder, 'volume') },
    spare: { kind: 'filesystem', path: join(folder, 'spare') },
    journal: { kind: 'filesystem', path: join(folder, 'journal') },
    bucket: entry,
  };
  // JSON is YAML.
  const repositories = repositoriesOn('journal');
  const content = { registries: {}, hosts: {}, storages, journal: 'journal', repositories, backups: 'main' };
  await writeFile(inventory, JSON.stringify(content));
});

const transship = (args: string[], io?: RecordedIo) => cli(['storage', ...args], io);

async function cli(args: string[], io: RecordedIo = recordedIo({ env })) {
  const code = await runCli([...args, '--inventory', inventory], io);
  return { code, stdout: io.stdout(), stderr: io.stderr() };
}

async function json(...args: string[]): Promise<{ code: number; lines: unknown[] }> {
  const { code, stdout } = await transship([...args, '--json']);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return { code, lines: lines.map((line) => JSON.parse(line) as unknown) };
}

async function keysOf(storage: Storage): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of storage.list({})) keys.push(key);
  return keys;
}

const UPLOAD = `${V2}/repositories/team/app/_uploads/1/data`;

describe('du', () => {
  test('counts what fills a storage, by class, by object and by repository', async () => {
    await putImage(volume, 'team/app', '1.0', ['x'.repeat(1000), 'shared']);
    await putImage(volume, 'team/app', '2.0', ['y'.repeat(500), 'shared']);
    await putImage(volume, 'other', '1.0', ['shared']);
    await put(volume, UPLOAD, 'half of it');
    const { code, lines } = await json('du', 'volume', '--most', '2');
    expect(code).toBe(0);
    expect(lines).toMatchObject([
      {
        classes: {
          blobs: { objects: 6 },
          'layer-links': { objects: 4, bytes: 4 * 71 },
          manifests: { objects: 3 },
          tags: { objects: 6 },
          uploads: { objects: 1, bytes: 10 },
          other: { objects: 0 },
        },
        total: { objects: 20 },
        copied: { objects: 19 },
        repositories: 2,
        largest: [{ size: 1000, key: blobKey(sha256('x'.repeat(1000))) }, { size: 500 }],
        largestRepositories: [
          { repository: 'team/app', layers: 3, layerBytes: 1506, manifests: 2, tags: 2, uploadBytes: 10 },
          { repository: 'other', layers: 1, layerBytes: 6, manifests: 1, tags: 1 },
        ],
      },
    ]);
    const { stdout, stderr } = await transship(['du', 'volume']);
    expect(stdout).toMatch(/^uploads +1 +10 B$/m);
    expect(stdout).toMatch(/^team\/app +2 +2 +3 +1\.5 KiB$/m);
    expect(stderr).toBe('');
  });
});

describe('check', () => {
  test('is 0 without damage, also beside an unfinished upload', async () => {
    await putImage(volume, 'team/app', '1.0', ['layer']);
    await put(volume, UPLOAD, 'half of it');
    const { code, stdout } = await transship(['check', 'volume']);
    expect(code).toBe(0);
    expect(stdout).toContain('5 of 5 blobs and links were compared');
    expect(stdout).toContain('1 unfinished upload is left');
  });

  test('is 16 with damage, names it, and keeps every finding in the journal', async () => {
    const { layers } = await putImage(volume, 'team/app', '1.0', ['layer']);
    await put(volume, blobKey(layers[0]!), 'other');
    const { code, stdout } = await transship(['check', 'volume', '--read']);
    expect(code).toBe(16);
    expect(stdout).toContain(`${blobKey(layers[0]!)}: has SHA-256 ${sha256('other')}`);
    const findings = await rowsIn(
      openFilesystemStorage(join(folder, 'journal')),
      'checks/volume/damage.ndjson',
    );
    expect(findings).toMatchObject([{ kind: 'wrong-bytes', key: blobKey(layers[0]!) }]);
    const { lines } = await json('check', 'volume', '--for', 'spare');
    expect(lines).toMatchObject([{ counts: { 'wrong-bytes': 1 }, proved: { objects: 5, of: 5 } }]);
  });
});

describe('diff', () => {
  test('is 0 between a storage and its copy, and lists what is the same only with --all', async () => {
    for (const storage of [volume, bucket]) await putImage(storage, 'team/app', '1.0', ['layer']);
    await put(volume, UPLOAD, 'half of it');
    const { code, stdout } = await transship(['diff', 'volume', 'bucket']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^= 6 the same, .*\n- 0 .*\n\+ 0 .*\n\* 0 .*\n! 0 .*\n$/);
    const all = await transship(['diff', 'volume', 'bucket', '--all']);
    expect(all.stdout.match(/^= docker/gm)).toHaveLength(6);
  });

  test('is 15 with differences, one line each, in the order of the keys', async () => {
    await put(volume, 'a', 'the same');
    await put(bucket, 'a', 'the same');
    await put(volume, 'b', 'some');
    await put(bucket, 'b', 'text');
    await put(volume, 'c', 'longer');
    await put(bucket, 'c', 'short');
    await put(volume, 'd', 'only here');
    await put(bucket, 'e', 'only there');
    const { code, stdout } = await transship(['diff', 'volume', 'bucket']);
    expect(code).toBe(15);
    expect(stdout.split('\n').slice(0, 4)).toEqual([
      '* b',
      '* c  6 bytes, 5 at the destination',
      '+ d',
      '- e',
    ]);
    const { lines } = await json('diff', 'volume', 'bucket', '--all');
    expect(lines).toMatchObject([
      { op: '=', key: 'a', by: 'bytes' },
      { op: '*', key: 'b', by: 'bytes', size: 4, sizeAtDestination: 4 },
      { op: '*', key: 'c', by: 'size' },
      { op: '+', key: 'd', size: 9 },
      { op: '-', key: 'e', size: 10 },
      {
        counts: {
          '=': { objects: 1, bytes: 8 },
          '*': { objects: 2 },
          '+': { objects: 1 },
          '-': { objects: 1 },
        },
      },
    ]);
  });
});

describe('copy', () => {
  test('copies with proof, and the second time nothing', async () => {
    await putImage(volume, 'team/app', '1.0', ['layer', 'x'.repeat(2 * 1024 ** 2)]);
    await put(volume, UPLOAD, 'half of it');
    const first = await json('copy', 'volume', 'bucket');
    expect(first).toMatchObject({
      code: 0,
      lines: [{ copiedObjects: 8, proofs: { server: 8 }, resumed: false }],
    });
    expect(await keysOf(bucket)).toEqual((await keysOf(volume)).filter((key) => key !== UPLOAD));
    const { code, stdout } = await transship(['copy', 'volume', 'bucket']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/copied +0 objects/);
    expect((await transship(['diff', 'volume', 'bucket'])).code).toBe(0);
  });

  test('refuses a destination that holds what it does not know, and changes nothing there', async () => {
    await putBlob(volume, 'layer');
    await put(spare, 'precious', 'not ours');
    const { code, stdout, stderr } = await transship(['copy', 'volume', 'spare', '--delete']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('DestinationNotEmpty');
    expect(await keysOf(spare)).toEqual(['precious']);
  });

  test('refuses a destination that a migration made its final delta to', async () => {
    await put(volume, 'a', 'a');
    await transship(['copy', 'volume', 'spare']);
    const journal = openFilesystemStorage(join(folder, 'journal'));
    const claimant = { job: 'jobs/registry-prod/1', source: 'volume', destination: 'spare' };
    const sides = { journal, source: volume, destination: spare };
    await forceClaim(sides, claimant);
    await noteFinalDelta(sides, { ...claimant, pass: 1 });
    await put(volume, 'b', 'b');
    const { code, stderr } = await transship(['copy', 'volume', 'spare', '--delete']);
    expect(code).toBe(1);
    expect(stderr).toContain('jobs/registry-prod/1');
    expect(await keysOf(spare)).toEqual(['a']);
    // Whoever comes after that migration changes nothing of it.
    await forceClaim(sides, { ...claimant, job: 'jobs/registry-prod/2' });
    await endClaim(journal, { job: 'jobs/registry-prod/2', destination: 'spare' });
    expect((await transship(['copy', 'volume', 'spare'])).code).toBe(1);
    await spare.remove(['a']);
    expect((await transship(['copy', 'volume', 'spare'])).code).toBe(0);
  });

  test('removes at the destination what the source no longer has, with --delete only', async () => {
    for (const key of ['a', 'b']) await put(volume, key, key);
    await transship(['copy', 'volume', 'spare']);
    await volume.remove(['a']);
    await transship(['copy', 'volume', 'spare']);
    expect(await keysOf(spare)).toEqual(['a', 'b']);
    const { lines } = await json('copy', 'volume', 'spare', '--delete');
    expect(lines).toMatchObject([{ removedObjects: 1 }]);
    expect(await keysOf(spare)).toEqual(['b']);
  });

  test('leaves damaged objects out, names them, and is 16', async () => {
    const digest = await putBlob(volume, 'layer');
    await putBlob(volume, 'well');
    await put(volume, blobKey(digest), 'other');
    const { code, stdout } = await transship(['copy', 'volume', 'spare']);
    expect(code).toBe(16);
    expect(stdout).toContain(`${blobKey(digest)}: ${sha256('other')} instead of ${digest}`);
    expect(await keysOf(spare)).toEqual([blobKey(sha256('well'))]);
  });

  test('that is interrupted is 130, goes on where it stopped, and then copies what came meanwhile', async () => {
    // So many that the copy is not over when it is interrupted after its first objects.
    for (let index = 0; index < 8000; index += 1)
      await writeFile(join(folder, `volume/${index}`), `${index}`);
    const io = recordedIo({ env });
    const copying = transship(['copy', 'volume', 'spare'], io);
    while ((await keysOf(spare)).length < 100) await sleep(5);
    io.interrupt();
    expect(await copying).toMatchObject({
      code: 130,
      stdout: '',
      stderr: expect.stringContaining('goes on'),
    });
    const before = (await keysOf(spare)).length;
    expect(before).toBeLessThan(8000);

    await put(volume, 'new', 'came meanwhile');
    const { code, lines } = await json('copy', 'volume', 'spare');
    expect(code).toBe(0);
    expect(lines).toMatchObject([{ resumed: true, sourceObjects: 8001 }]);
    expect((await transship(['diff', 'volume', 'spare'])).code).toBe(0);
  });
});

describe('verify', () => {
  test('takes the word of a storage that knows its digests, and reads where none does', async () => {
    await putImage(volume, 'team/app', '1.0', ['layer', 'x'.repeat(100_000)]);
    await transship(['copy', 'volume', 'bucket']);
    const ofBucket = await json('verify', 'bucket');
    expect(ofBucket).toMatchObject({
      code: 0,
      lines: [{ totals: { objects: 8, proved: { storage: 7, reading: 0 }, unproved: 1, problems: 0 } }],
    });
    const read = await json('verify', 'bucket', '--read');
    expect(read.lines).toMatchObject([{ totals: { proved: { storage: 0, reading: 7 } } }]);
    const ofVolume = await json('verify', 'volume');
    expect(ofVolume.lines).toMatchObject([{ totals: { proved: { storage: 0, reading: 7 }, unproved: 1 } }]);
  });

  test('is 16 with wrong objects, by the digest that the storage tells and by reading', async () => {
    const { layers } = await putImage(volume, 'team/app', '1.0', ['layer']);
    await transship(['copy', 'volume', 'bucket']);
    for (const storage of [volume, bucket]) await put(storage, blobKey(layers[0]!), 'other');
    for (const name of ['volume', 'bucket']) {
      const { code, stdout } = await transship(['verify', name]);
      expect(code).toBe(16);
      expect(stdout).toMatch(new RegExp(`^wrong +${blobKey(layers[0]!)}: .*${sha256('other')}`));
    }
  });

  test('--against a source compares what no key tells, and finds what is missing and what is more', async () => {
    const { keys, manifest } = await putImage(volume, 'team/app', '1.0', ['layer']);
    await put(volume, `${V2}/blobs/id/4f/4f2a/data`, 'of DTR');
    await transship(['copy', 'volume', 'bucket']);
    const good = await json('verify', 'bucket', '--against', 'volume');
    expect(good).toMatchObject({
      code: 0,
      lines: [{ totals: { proved: { storage: 5, source: 2 }, unproved: 0, problems: 0 } }],
    });

    await put(bucket, keys.current, `sha256:${'0'.repeat(64)}`);
    await put(bucket, 'more', 'of no use');
    await bucket.remove([blobKey(manifest)]);
    const { code, lines } = await json('verify', 'bucket', '--against', 'volume');
    expect(code).toBe(16);
    expect(lines).toMatchObject([
      { key: blobKey(manifest), problem: 'missing' },
      { key: keys.current, problem: 'wrong' },
      { totals: { surplus: 1, problems: 2 } },
    ]);
  });
});

describe('doctor storage', () => {
  test('is 0 where a migration finds what it needs, and leaves nothing behind', async () => {
    for (const [name, storage] of [
      ['bucket', bucket],
      ['volume', volume],
    ] as const) {
      const { code, stdout } = await cli(['doctor', 'storage', name]);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^read after write \* +yes /m);
      expect(stdout).toContain('Everything that a migration needs (*) is there.');
      expect(await keysOf(storage)).toEqual([]);
    }
  });

  test('is 17 where something is not there, and says what for', async () => {
    // A file in the place of their folder lets no probe be written.
    await writeFile(join(folder, 'volume/.transship-probe'), 'in the way');
    const { code, stdout } = await cli(['doctor', 'storage', 'volume']);
    expect(code).toBe(17);
    expect(stdout).toContain('A migration needs "read after write": proofs read back what was written.');
    const { stdout: text } = await cli(['doctor', 'storage', 'volume', '--json']);
    expect(JSON.parse(text)).toMatchObject({
      kind: 'filesystem',
      lacking: expect.arrayContaining(['ranges']),
    });
  });
});

describe('every command', () => {
  test.each([['du'], ['check'], ['verify']])(
    '%s of a storage that the inventory does not have is 2',
    async (name) => {
      expect(await transship([name, 'nowhere'])).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining('no storage named nowhere'),
      });
    },
  );

  test('says what is the matter without its secrets', async () => {
    const secret = 'wrong-but-secret-all-the-same';
    const io = recordedIo({ env: { ...env, SECRET: secret } });
    const { code, stderr } = await transship(['du', 'bucket', '--json'], io);
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({ error: { type: 'AccessDenied' } });
    expect(stderr).not.toContain(secret);
  });
});

describe('doctor registry', () => {
  test('lists at once what cannot be looked at and what would stop, with what can be done', async () => {
    const closed = `https://127.0.0.1:${await freePort()}`;
    const content = JSON.parse(await readFile(inventory, 'utf8')) as Record<string, unknown>;
    content['hosts'] = {
      'node-1': {
        address: '127.0.0.1',
        port: await freePort(),
        user: 'root',
        key: { env: 'SSH_KEY' },
        hostKeys: [`ssh-ed25519 ${'A'.repeat(68)}`],
      },
    };
    content['registries'] = {
      prod: {
        kind: 'dtr',
        url: closed,
        username: 'admin',
        password: { env: 'SECRET' },
        ucp: { url: 'https://ucp.test', username: 'admin', password: { env: 'SECRET' } },
        bootstrapHost: 'node-1',
        replicas: [{ id: '000000000001', host: 'node-1', node: 'node-1', url: closed }],
        storage: 'volume',
        canaryRepository: 'admin/canary',
      },
    };
    await writeFile(inventory, JSON.stringify(content));
    await put(bucket, 'somebody/else', 'x');

    const io = recordedIo({ env: { ...env, SSH_KEY: 'no key' } });
    const { code, stdout } = await cli(['doctor', 'registry', 'prod', '--to', 'bucket'], io);
    expect(code).toBe(17);
    expect(stdout).toMatch(/^prod, replicas 000000000001, to s3:/);
    expect(stdout).toMatch(
      /\nstops {4}The registry cannot be looked at: [^]*\n {9}Look at the named replicas/,
    );
    expect(stdout).toMatch(/\nstops {4}The destination cannot be filled: /);
    expect(stdout).toMatch(/\nwarning {2}Host node-1 cannot be looked at: /);
    expect(stdout).toContain('2 findings would stop a migration.');

    const told = recordedIo({ env: { ...env, SSH_KEY: 'no key' } });
    expect((await cli(['doctor', 'registry', 'prod', '--json'], told)).code).toBe(17);
    expect(JSON.parse(told.stdout())).toMatchObject({
      registry: 'prod',
      version: null,
      destination: null,
      findings: [{ severity: 'stops' }, { severity: 'warns', remedy: expect.any(String) as string }],
    });
    expect((await cli(['doctor', 'registry', 'prod', '--to', 'nowhere'])).code).toBe(2);
    expect((await cli(['doctor', 'registry', 'nobody'])).code).toBe(2);
  });
});
