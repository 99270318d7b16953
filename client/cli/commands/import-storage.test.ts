// `transship inventory import` as people and scripts run it.

import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordedIo } from '../../../test/client/recorded-io.ts';
import { runCli } from '../run-cli.ts';

const SECRETS = ['AKIASECRET', 'wJalrSECRET'];
let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'transship-import-'));
  file = path.join(folder, 'storage.txt');
  await writeFile(
    file,
    `s3:\n  accesskey: ${SECRETS[0]}\n  secretkey: ${SECRETS[1]}\n  region: eu-west-1\n  bucket: images\n  encrypt: true\n`,
  );
});
afterAll(async () => rm(folder, { recursive: true }));

async function imported(...args: string[]) {
  const io = recordedIo();
  const code = await runCli(['inventory', 'import', ...args], io);
  return { code, stdout: io.stdout(), stderr: io.stderr() };
}

test('prints a storage with references, and says what they have to hold', async () => {
  const { code, stdout, stderr } = await imported(file, '--name', 's3-prod');
  expect(code).toBe(0);
  expect(stdout).toContain('storages:\n  s3-prod:\n    kind: s3\n');
  expect(stdout).toContain('accesskey:\n      env: S3_PROD_ACCESSKEY\n');
  expect(stderr).toContain(`${file}:2:14 s3.accesskey: not shown: set S3_PROD_ACCESSKEY to it`);
  expect(stderr).toContain(`${file}:6:3 s3.encrypt: ignored: `);
  for (const secret of SECRETS) expect(stdout + stderr).not.toContain(secret);
});

test('writes secrets to files only when asked, for their owner alone, and over none', async () => {
  const secrets = path.join(folder, 'secrets');
  const { code, stdout, stderr } = await imported(file, '--secrets-to', secrets, '--json');
  expect([code, stderr]).toEqual([0, '']);
  const reference = { file: path.join(secrets, 'imported-accesskey') };
  expect(JSON.parse(stdout)).toMatchObject({
    storages: { imported: { accesskey: reference } },
    secrets: [
      { field: 'accesskey', reference, at: '2:14 s3.accesskey' },
      { field: 'secretkey', at: '3:14 s3.secretkey' },
    ],
    ignored: [expect.stringContaining('s3.encrypt') as string],
    remarks: [],
  });
  expect(await readFile(reference.file, 'utf8')).toBe(SECRETS[0]);
  expect((await stat(reference.file)).mode & 0o777).toBe(0o600);
  expect(stdout).not.toContain(SECRETS[1]);

  await rm(path.join(secrets, 'imported-accesskey'));
  const again = await imported(file, '--secrets-to', secrets);
  expect(again.code).toBe(2);
  expect(again.stderr).toContain('imported-secretkey: there already');
  await expect(stat(reference.file)).rejects.toThrow('ENOENT');
});

test('lists every mistake, and writes nothing then', async () => {
  const bad = path.join(folder, 'bad.yml');
  await writeFile(bad, `s3:\n  accesskey: ${SECRETS[0]}\n  region: ""\n`);
  const secrets = path.join(folder, 'none');
  const { code, stderr } = await imported(bad, '--secrets-to', secrets);
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /has 3 mistakes:\n.*s3\.bucket: is missing\n.*both of accesskey[^]*s3\.region: is missing/,
  );
  expect(stderr).not.toContain(SECRETS[0]);
  await expect(stat(secrets)).rejects.toThrow('ENOENT');
  const masked = path.join(folder, 'masked.yml');
  await writeFile(masked, 'azure: { accountname: abc, accountkey: "********", container: abc }');
  expect((await imported(masked, '--secrets-to', secrets)).stderr).toContain('is masked in this file');
  expect((await imported(masked)).code).toBe(0);
});
