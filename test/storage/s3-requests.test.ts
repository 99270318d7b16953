// Our own requests past the SDK: signed as AWS documents it, sent where the SDK would send them, as whom the secrets
// say now.

import { randomBytes } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, expect, it, vi } from 'vitest';
import { DamagedObjectError } from '../../activities/storage/errors.ts';
import { addressOf } from '../../activities/storage/s3/address.ts';
import { createS3Client } from '../../activities/storage/s3/client.ts';
import { createSigner, encodePath } from '../../activities/storage/s3/sign.ts';
import { openS3Storage } from '../../activities/storage/s3/s3.ts';
import type { S3StorageEntry, SecretRef } from '../../contracts/inventory.ts';
import { behindProxy } from './s3-behind-proxy.ts';
import { openingOf } from '../support/impatient.ts';
import { sha256 } from '../support/digests.ts';

const SECRETS_AGE_MS = 61_000;

const behind = behindProxy();
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  behind.lack(null);
  behind.forget();
});

it.each([
  [
    { method: 'GET', path: '/test.txt', headers: { range: 'bytes=0-9' } },
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  ],
  [
    {
      method: 'PUT',
      path: `/${encodePath('test$file.text')}`,
      headers: { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
    },
    '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
    '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  ],
  [
    { method: 'GET', path: '/', query: 'max-keys=2&prefix=J', headers: {} },
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  ],
])('signs the examples of the documentation as it does', (request, payload, signature) => {
  const sign = createSigner({ region: 'us-east-1', service: 's3' });
  const headers = {
    ...request.headers,
    host: 'examplebucket.s3.amazonaws.com',
    'x-amz-content-sha256': payload,
  };
  const as = {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  };
  const signed = sign({ ...request, headers }, as, Date.parse('2013-05-24T00:00:00Z'));
  expect(signed['authorization']?.split('Signature=')[1]).toBe(signature);
});

it('encodes all of a key but its slashes', () => {
  expect(encodePath("it's (a)*!/+ü")).toBe('it%27s%20%28a%29%2A%21/%2B%C3%BC');
});

it.each([
  ['images', {}, 'https://images.s3.eu-west-1.amazonaws.com', '/'],
  ['im.ages', {}, 'https://s3.eu-west-1.amazonaws.com', '/im.ages/'],
  ['images', { regionendpoint: 'store.example:9000' }, 'https://store.example:9000', '/images/'],
  ['images', { regionendpoint: 'http://store.example/base' }, 'http://store.example', '/base/images/'],
])('sends to bucket %s with %o where the SDK does', async (bucket, place, origin, path) => {
  const { client } = await createS3Client(
    's3',
    { ...behind.server.entry, regionendpoint: '', secure: true, bucket, region: 'eu-west-1', ...place },
    openingOf(() => Promise.resolve('secret')),
  );
  expect(await addressOf(client, bucket)).toMatchObject({ origin, path, region: 'eu-west-1', service: 's3' });
  client.destroy();
});

it('comes with a secret that was rotated, without being opened again', async () => {
  const { server } = behind;
  let secret = 'not the secret';
  const resolve = (ref: SecretRef): Promise<string> =>
    Promise.resolve('env' in ref && ref.env === 'ACCESS' ? server.s3.accessKey : secret);
  const storage = await openS3Storage('s3', server.entry, openingOf(resolve));
  const body = Buffer.from('body');
  const write = () => storage.write('rotated', body, { size: body.length, sha256: sha256(body) });
  await expect(write()).rejects.toMatchObject({
    type: 'AccessDenied',
    message: expect.not.stringContaining(secret) as string,
  });
  secret = server.s3.secretKey;
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + SECRETS_AGE_MS });
  expect(await write()).toMatchObject({ proof: 'server' });
  await storage.close();
});

it('comes with the session token of temporary credentials', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'temporary');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'temporary-secret');
  vi.stubEnv('AWS_SESSION_TOKEN', 'the-token');
  const { accesskey: _, secretkey: __, ...entry } = behind.server.entry;
  const proxied: S3StorageEntry = {
    ...entry,
    regionendpoint: (await behind.open()).describe.split(' at ')[1] ?? '',
  };
  const storage = await openS3Storage(
    's3',
    proxied,
    openingOf(() => Promise.reject(new Error('no secrets'))),
  );
  await expect(storage.write('key', Buffer.alloc(0), { size: 0 })).rejects.toMatchObject({
    type: 'AccessDenied',
  });
  expect(behind.seen[0]?.headers).toMatchObject({
    'x-amz-security-token': 'the-token',
    authorization: expect.stringMatching(/SignedHeaders=[^,]*x-amz-security-token/) as string,
  });
  await storage.close();
});

it('sends bytes of known digest once and unhashed, and ends with a cancelled request', async () => {
  const storage = await behind.open();
  const reason = new Error('cancelled by the test');
  const cancelled = new AbortController();
  const never = new PassThrough();
  never.write(randomBytes(300_000));
  const request = { size: 600_000, sha256: sha256(randomBytes(1)) };
  const writing = storage.write('never', never, request, { signal: cancelled.signal });
  setTimeout(() => cancelled.abort(reason), 100);
  await expect(writing).rejects.toBe(reason);
  expect(never.destroyed).toBe(true);
  expect(await storage.stat('never')).toBeUndefined();
});

it('refuses at once a buffer of another size than announced', async () => {
  const storage = await behind.open();
  const body = Buffer.from('body');
  await expect(storage.write('a', body, { size: 3, sha256: sha256(body) })).rejects.toBeInstanceOf(
    DamagedObjectError,
  );
  expect(behind.seen).toEqual([]);
});

it('keeps its connections, and closes them', async () => {
  const storage = await behind.open('/kept');
  const body = randomBytes(100_000);
  for (let n = 0; n < 5; n += 1) {
    await storage.write('same', Readable.from([body]), { size: body.length, sha256: sha256(body) });
  }
  await storage.close();
  await expect(storage.read('same')).rejects.toMatchObject({ type: 'StorageUnavailable' });
});
