// The S3 settings of S1 that say whom to trust and as whom to come: HTTPS with a root CA, without verification, and the
// ambient credentials of the worker. Against a real server with a certificate that nobody trusts by itself.

import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openS3Storage } from '../../activities/storage/s3/s3.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import type { S3StorageEntry, SecretRef } from '../../contracts/inventory.ts';
import { createSecretResolver } from '../../worker/inventory/secrets.ts';
import { createRedactor } from '../../worker/inventory/redactor.ts';
import { startTestS3, testSecrets } from './servers.ts';
import { openingOf } from '../support/impatient.ts';
import { sha256 } from '../support/digests.ts';

let server: Awaited<ReturnType<typeof startTestS3>>;
let resolveSecret: (ref: SecretRef) => Promise<string>;
beforeAll(async () => {
  server = await startTestS3({ https: true });
  resolveSecret = createSecretResolver({
    env: testSecrets(server.s3),
    baseDir: server.dir,
    redactor: createRedactor(),
  });
});
afterAll(() => server.stop());

const withStorage = async (
  entry: S3StorageEntry,
  work: (storage: Storage) => Promise<void>,
): Promise<void> => {
  const storage = await openS3Storage('s3', entry, openingOf(resolveSecret));
  try {
    await work(storage);
  } finally {
    await storage.close();
  }
};

const expectToWriteAndRead = async (storage: Storage): Promise<void> => {
  const body = Buffer.from('over HTTPS');
  const digest = sha256(body);
  expect(await storage.write('a/key', body, { size: body.length, sha256: digest })).toEqual({
    sha256: digest,
    proof: 'server',
  });
  expect(await text(await storage.read('a/key'))).toBe('over HTTPS');
};

it('trusts the root CA of the inventory', async () => {
  await withStorage({ ...server.entry, rootca: { file: server.ca } }, async (storage) =>
    expectToWriteAndRead(storage),
  );
});

it('trusts anybody when verification is skipped', async () => {
  await withStorage({ ...server.entry, skipverify: true }, async (storage) => expectToWriteAndRead(storage));
});

it('trusts nobody else', async () => {
  await withStorage(server.entry, async (storage) => {
    await expect(expectToWriteAndRead(storage)).rejects.toThrow(/certificate/i);
  });
});

it('comes with the credentials of its surroundings when the inventory names none', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', server.s3.accessKey);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', server.s3.secretKey);
  const { accesskey: _, secretkey: __, ...entry } = server.entry;
  await withStorage({ ...entry, rootca: { file: server.ca } }, async (storage) =>
    expectToWriteAndRead(storage),
  );
  vi.unstubAllEnvs();
});
