// What Google Cloud Storage alone has: parts that are composed, uploads whose URI is a secret, copies that Google makes.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DamagedObjectError } from '../../activities/storage/errors.ts';
import { openGcsStorage } from '../../activities/storage/gcs/gcs.ts';
import type { Storage, UploadState } from '../../activities/storage/storage.ts';
import { GCS_BUCKET, gcsEntryOf, gcsNames, openGcsAt, startTestGcs } from '../conformance/kinds/gcs.ts';
import { isCopiedByService } from './copied-by-service.ts';
import { watchServer, type Seen, type WatchedServer } from './watched-server.ts';
import { openingOf } from '../support/impatient.ts';
import { md5, sha256 } from '../support/digests.ts';

const LARGE_BYTES = 100_000_000;
const PART_BYTES = 32 * 1024 * 1024;

const isBody = ({ url, bytesSent }: Seen): boolean => url.startsWith('/upload/') && bytesSent > 1000;

const openWith = (endpoint: string, keyfile: string): Promise<Storage> =>
  openGcsStorage(
    'images',
    { ...gcsEntryOf(endpoint, ''), keyfile: { env: 'KEY' } },
    openingOf(() => Promise.resolve(keyfile)),
  );

describe('a storage of kind gcs', () => {
  let servers: Awaited<ReturnType<typeof startTestGcs>>;
  let watched: WatchedServer;
  let storage: Storage;
  let other: Storage;

  beforeAll(async () => {
    servers = await startTestGcs();
    watched = await watchServer(servers.gcs.endpoint);
    storage = await openGcsAt(watched.url, '/registry/');
    other = await openGcsAt(watched.url, 'other');
  });
  afterAll(async () => {
    await storage.close();
    await other.close();
    await watched.stop();
    await servers.stop();
  });
  const objectUrl = (name: string): string =>
    `${servers.gcs.endpoint}/storage/v1/b/${GCS_BUCKET}/o/${encodeURIComponent(name)}`;
  const names = (): Promise<string[]> => gcsNames(servers.gcs.endpoint);
  beforeEach(() => watched.forget());
  afterEach(async () => {
    watched.forget();
    for (const name of await names()) await fetch(objectUrl(name), { method: 'DELETE' });
  });

  const put = (key: string, bytes: Buffer): Promise<unknown> =>
    storage.write(key, bytes, { size: bytes.length, sha256: sha256(bytes) });
  /** As somebody else does. */
  const upload = async (name: string, bytes: Buffer): Promise<void> => {
    const url = `${servers.gcs.endpoint}/upload/storage/v1/b/${GCS_BUCKET}/o?uploadType=media&name=${name}`;
    expect((await fetch(url, { method: 'POST', body: new Uint8Array(bytes) })).status).toBe(200);
  };

  test('puts its keys where the registry looks', async () => {
    const key = 'docker/registry/v2/repositories/a/_layers/sha256/0/link';
    for (const rootdirectory of ['', '/', '/some/root/']) {
      const rooted = await openGcsAt(watched.url, rootdirectory);
      await rooted.write(key, Buffer.from('x'), { size: 1 });
      expect((await rooted.list({ prefix: 'docker/' })[Symbol.asyncIterator]().next()).value).toMatchObject({
        key,
      });
      await rooted.close();
    }
    expect(await names()).toEqual([key, `some/root/${key}`]);
  });

  test('goes on with an upload that was ended in the middle, and sends no part again', async () => {
    const body = randomBytes(LARGE_BYTES);
    const request = { size: body.length, sha256: sha256(body) };
    const reason = new Error('the worker is killed');
    const controller = new AbortController();
    let state: UploadState | undefined;
    const read = async (offset: number, length: number): Promise<Readable> => {
      if (offset >= 2 * PART_BYTES && !controller.signal.aborted) {
        while ((await names()).length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
        controller.abort(reason);
        throw reason;
      }
      return Readable.from([body.subarray(offset, offset + length)]);
    };
    const begun = (known: UploadState): void => {
      state = known;
    };
    await expect(
      storage.writeInParts?.('large', read, request, { signal: controller.signal, begun }),
    ).rejects.toBe(reason);
    expect(watched.seen.filter(isBody).length).toBe(2);
    const found = [];
    for await (const object of storage.list({})) found.push(object);
    expect(found).toEqual([]);
    watched.forget();

    await storage.writeInParts?.('large', read, request, state && { resume: state });
    const sentAgain = watched.seen.filter(isBody).reduce((sum, { bytesSent }) => sum + bytesSent, 0);
    expect(sentAgain).toBeGreaterThan(LARGE_BYTES - 2 * PART_BYTES);
    expect(sentAgain).toBeLessThan(LARGE_BYTES - 2 * PART_BYTES + 5000);
    expect(sha256(await buffer(await storage.read('large')))).toBe(request.sha256);
    expect(await storage.stat('large')).toMatchObject(request);
    expect(await names()).toEqual(['registry/large']);
  });

  isCopiedByService('Google', () => ({ storage, other, watched }), { bytes: 20_000_000, mostMoved: 5000 });

  test('copies nothing whose digest nobody vouches for', async () => {
    const body = randomBytes(1000);
    const request = { size: body.length, sha256: sha256(body) };
    // As a registry writes it.
    await upload('other/plain', body);
    expect(await other.stat('plain')).toEqual({ size: 1000, md5: md5(body) });
    expect(await storage.copyFrom?.(other, 'plain', request)).toBeUndefined();
    // The digest of other bytes, as if somebody had kept what was said of the bytes before.
    await other.write('kept', body, request);
    const { metadata } = (await (await fetch(objectUrl('other/kept'))).json()) as { metadata: object };
    await upload('other/plain2', randomBytes(1000));
    await fetch(objectUrl('other/plain2'), {
      method: 'PATCH',
      body: JSON.stringify({ metadata }),
      headers: { 'content-type': 'application/json' },
    });
    expect((await other.stat('plain2'))?.sha256).toBeUndefined();
    expect(await storage.copyFrom?.(other, 'plain2', request)).toBeUndefined();
    expect((await names()).filter((name) => name.startsWith('registry/'))).toEqual([]);
  });

  test('refuses a small body that changed on the way, and keeps the old', async () => {
    await put('blob', Buffer.from('old'));
    watched.spoil(isBody);
    await expect(put('blob', randomBytes(3000))).rejects.toBeInstanceOf(DamagedObjectError);
    watched.forget();
    expect((await buffer(await storage.read('blob'))).toString()).toBe('old');
    expect(await names()).toEqual(['registry/blob']);
  });

  test('leaves nothing of a large body that changed on the way', async () => {
    watched.spoil(isBody);
    const body = randomBytes(20_000_000);
    await expect(put('blob', body)).rejects.toMatchObject({ type: 'IntegrityMismatch' });
    const read = (offset: number, length: number): Promise<Readable> =>
      Promise.resolve(Readable.from([body.subarray(offset, offset + length)]));
    const request = { size: body.length, sha256: sha256(body) };
    await expect(storage.writeInParts?.('blob', read, request)).rejects.toBeInstanceOf(DamagedObjectError);
    watched.forget();
    expect(await names()).toEqual([]);
  });

  test('shows neither unfinished uploads of the registry nor folders', async () => {
    await put('docker/blob', Buffer.from('x'));
    await upload('registry/docker/folder/', Buffer.alloc(0));
    await upload('registry/docker/_uploads/1/data', Buffer.from('x'));
    const session = { contentType: 'application/x-docker-upload-session' };
    await fetch(objectUrl('registry/docker/_uploads/1/data'), {
      method: 'PATCH',
      body: JSON.stringify(session),
      headers: { 'content-type': 'application/json' },
    });
    const found = [];
    for await (const { key } of storage.list({})) found.push(key);
    expect(found).toEqual(['docker/blob']);
  });

  test('names no upload in an error, nor in what heartbeats keep', async () => {
    watched.answer(
      ({ method, url }) => method === 'PUT' && url.includes('upload_id'),
      ({ url }) => ({ status: 503, body: url }),
    );
    const error: unknown = await put('blob', randomBytes(10_000_000)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ type: 'StorageUnavailable' });
    const session = watched.seen
      .map(({ url }) => /upload_id=(\w+)/.exec(url)?.[1])
      .find((id) => id !== undefined);
    expect(session).toBeDefined();
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(session);
    // It is given up, not left to expire.
    expect(watched.seen.at(-1)).toMatchObject({ method: 'DELETE' });
    expect(await names()).toEqual([]);
  });

  test('asks for a token with the key file, and says nothing of it when it is wrong', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    let status = 200;
    const tokens = createServer((_, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      const answer = { access_token: 'a-token-of-the-test', expires_in: 3600, token_type: 'Bearer' };
      response.end(JSON.stringify(status === 200 ? answer : { error: 'invalid_grant' }));
    });
    await new Promise<void>((resolve) => {
      tokens.listen(0, '127.0.0.1', resolve);
    });
    const keyfile = JSON.stringify({
      type: 'service_account',
      client_email: 'lab@lab.iam.gserviceaccount.com',
      private_key: pem,
      token_uri: `http://127.0.0.1:${(tokens.address() as AddressInfo).port}/token`,
    });
    try {
      await (await openWith(watched.url, keyfile)).stat('none');
      expect(watched.seen.at(-1)?.headers.authorization).toBe('Bearer a-token-of-the-test');
      status = 400;
      for (const text of [keyfile, keyfile.slice(0, -5)]) {
        const error: unknown = await (
          await openWith(watched.url, text)
        )
          .stat('none')
          .catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({
          type: expect.stringMatching(text === keyfile ? 'AccessDenied' : 'SecretUnavailable') as string,
        });
        expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('PRIVATE KEY');
      }
    } finally {
      await new Promise((resolve) => {
        tokens.close(resolve);
        tokens.closeAllConnections();
      });
    }
  });
});
