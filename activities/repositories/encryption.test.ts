// Real gpg: what streams through comes back, opens by hand, and says why where it does not.

import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RepositoryEncryption, SecretRef } from '../../contracts/inventory.ts';
import { openEncryption } from './encryption.ts';

const run = promisify(execFile);
const SECRETS: Record<string, string> = {
  P: 'correct horse "battery" $taple',
  WRONG: 'another one',
  LINES: 'two\nlines',
  JUNK: 'no key at all',
  KEY_PASS: 'key pass',
};
const resolveSecret = async (ref: SecretRef): Promise<string> => SECRETS[(ref as { env: string }).env]!;
const ref = (env: string): SecretRef => ({ env });
const withPassphrase = (name = 'P', path?: string) =>
  openEncryption({ passphrase: ref(name) }, { resolveSecret }, path);
const withKeys = (entry: Partial<Extract<RepositoryEncryption, { recipients: unknown }>>) =>
  openEncryption({ recipients: [ref('OPS'), ref('SPARE')], ...entry }, { resolveSecret });

/** More than all buffers on the way. */
const CLEAR = randomBytes(3_000_000);
let dir: string;
let sealed: Buffer;
let sealedForKeys: Buffer;

const encrypted = async (of: { encrypt(clear: Readable): Readable }, clear = CLEAR): Promise<Buffer> =>
  await buffer(of.encrypt(Readable.from([clear.subarray(0, 100), clear.subarray(100)])));
const decrypted = async (
  of: { decrypt(sealed: Readable, what: string): Readable },
  bytes: Buffer,
): Promise<Buffer> => await buffer(of.decrypt(Readable.from([bytes]), 'final.tar.gpg'));
const homesInMemory = async (): Promise<string[]> =>
  (await readdir('/dev/shm')).filter(
    (name) => name.startsWith('transship-gnupg-') && name.includes(`-${process.pid}-`),
  );

beforeAll(async () => {
  dir = await mkdtemp('/dev/shm/transship-keys-');
  const gpg = async (...args: string[]): Promise<string> =>
    (await run('gpg', ['--homedir', dir, '--batch', '--pinentry-mode', 'loopback', '--armor', ...args]))
      .stdout;
  for (const [name, pass] of [
    ['ops', 'key pass'],
    ['spare', ''],
  ] as const) {
    await gpg(
      '--passphrase',
      pass,
      '--quick-generate-key',
      `${name}@example.com`,
      'future-default',
      'default',
      'never',
    );
    SECRETS[name.toUpperCase()] = await gpg('--export', `${name}@example.com`);
    SECRETS[`${name.toUpperCase()}_SECRET`] = await gpg(
      '--passphrase',
      pass,
      '--export-secret-keys',
      `${name}@example.com`,
    );
  }
  sealed = await encrypted(withPassphrase());
  sealedForKeys = await encrypted(withKeys({}));
});

afterAll(async () => {
  await run('gpgconf', ['--homedir', dir, '--kill', 'gpg-agent']);
  await rm(dir, { recursive: true });
});

test('what went in comes out, and each time as other bytes', async () => {
  expect((await decrypted(withPassphrase(), sealed)).equals(CLEAR)).toBe(true);
  expect((await encrypted(withPassphrase())).equals(sealed)).toBe(false);
  expect(sealed.indexOf(CLEAR.subarray(0, 32))).toBe(-1);
});

test('it opens by hand with gpg and tar', async () => {
  const tar = pack();
  tar.entry({ name: 'dtr-backup-v2.7.9/rethink/properties/0' }, 'a row');
  tar.finalize();
  await writeFile(join(dir, 'by-hand.tar.gpg'), await buffer(withPassphrase().encrypt(Readable.from(tar))));
  await writeFile(join(dir, 'passphrase'), SECRETS['P']!);
  const { stdout } = await run('sh', [
    '-c',
    'GNUPGHOME="$1" gpg --batch --pinentry-mode loopback --passphrase-file "$1/passphrase" -d "$1/by-hand.tar.gpg" | tar -t',
    'sh',
    dir,
  ]);
  expect(stdout).toBe('dtr-backup-v2.7.9/rethink/properties/0\n');
});

test.each<[string, Parameters<typeof withKeys>[0]]>([
  ['with a passphrase', { secretKey: ref('OPS_SECRET'), secretKeyPassphrase: ref('KEY_PASS') }],
  ['without one', { secretKey: ref('SPARE_SECRET') }],
])('each of two recipients reads with a key %s', async (_how, keys) => {
  expect(withKeys(keys).reads).toBe(true);
  expect((await decrypted(withKeys(keys), sealedForKeys)).equals(CLEAR)).toBe(true);
});

describe('is refused with the reason:', () => {
  test('another passphrase', async () => {
    await expect(decrypted(withPassphrase('WRONG'), sealed)).rejects.toMatchObject({
      type: 'KeyRefused',
      message: 'final.tar.gpg was encrypted with another passphrase, or was changed',
    });
  });

  test('another passphrase of the secret key', async () => {
    const keys = { secretKey: ref('OPS_SECRET'), secretKeyPassphrase: ref('WRONG') };
    await expect(decrypted(withKeys(keys), sealedForKeys)).rejects.toMatchObject({ type: 'KeyRefused' });
  });

  test('made for others', async () => {
    const forSpare = await encrypted(withKeys({ recipients: [ref('SPARE')] }));
    const keys = { secretKey: ref('OPS_SECRET'), secretKeyPassphrase: ref('KEY_PASS') };
    await expect(decrypted(withKeys(keys), forSpare)).rejects.toMatchObject({
      type: 'KeyRefused',
      message: expect.stringMatching(/was encrypted for others: [0-9A-F]{16}$/) as string,
    });
    await expect(decrypted(withPassphrase(), forSpare)).rejects.toMatchObject({ type: 'KeyRefused' });
  });

  test('no secret key on this worker', async () => {
    expect(withKeys({}).reads).toBe(false);
    await expect(decrypted(withKeys({}), sealedForKeys)).rejects.toThrow('no secretKey');
  });

  test('keys that are none', async () => {
    await expect(encrypted(withKeys({ recipients: [ref('JUNK')] }))).rejects.toMatchObject({
      type: 'KeyRefused',
    });
    await expect(decrypted(withKeys({ secretKey: ref('JUNK') }), sealedForKeys)).rejects.toMatchObject({
      type: 'KeyRefused',
    });
    await expect(encrypted(withPassphrase('LINES'))).rejects.toMatchObject({ type: 'KeyRefused' });
  });

  test.each([0, 1, 5, 20, 1000, 1_500_000, 2_999_999])('cut off after %i bytes', async (length) => {
    await expect(decrypted(withPassphrase(), sealed.subarray(0, length))).rejects.toMatchObject({
      type: 'BackupInvalid',
    });
  });

  test.each([60, 1_000_000, 2_990_000])('another byte at %i', async (at) => {
    const changed = Buffer.from(sealed);
    changed[at]! ^= 0xff;
    await expect(decrypted(withPassphrase(), changed)).rejects.toMatchObject({ type: 'BackupInvalid' });
  });

  test('clear', async () => {
    await expect(decrypted(withPassphrase(), CLEAR)).rejects.toMatchObject({ type: 'BackupInvalid' });
  });

  test('no gpg on the worker', async () => {
    await expect(encrypted(withPassphrase('P', dir))).rejects.toMatchObject({ type: 'ProgramMissing' });
  });
});

test('a source that breaks off is never encrypted as if it had ended', async () => {
  const broken = new Error('the connection broke');
  const half = Readable.from(
    (async function* () {
      yield CLEAR;
      throw broken;
    })(),
  );
  await expect(buffer(withPassphrase().encrypt(half))).rejects.toBe(broken);
});

test('ends at once with its signal, and when nobody reads on, though its source is silent', async () => {
  const reason = new Error('cancelled');
  const controller = new AbortController();
  const silent = new Readable({ read: () => undefined });
  const waited = buffer(withPassphrase().encrypt(silent, { signal: controller.signal }));
  controller.abort(reason);
  await expect(waited).rejects.toBe(reason);

  const left = withPassphrase().encrypt(new Readable({ read: () => undefined }));
  left.resume();
  await expect.poll(homesInMemory).toHaveLength(1);
  left.destroy();
  await expect.poll(homesInMemory).toEqual([]);
});

test('nothing is left in memory, and what a killed worker left is removed', async () => {
  expect(await homesInMemory()).toEqual([]);
  const dead = spawn('true');
  await new Promise((resolve) => void dead.once('close', resolve));
  const space = /\d+/.exec(
    await promisify(execFile)('readlink', ['/proc/self/ns/pid']).then((r) => r.stdout),
  )![0];
  const folder = `/dev/shm/transship-gnupg-${space}-${dead.pid}-Abcdef`;
  await mkdir(folder, { mode: 0o700 });
  await writeFile(join(folder, 'key'), 'secret');
  await encrypted(withPassphrase());
  await expect(readFile(join(folder, 'key'))).rejects.toMatchObject({ code: 'ENOENT' });
});
