// What Azure alone has: names as two releases of the registry write them, blocks, copies that Azure makes, signatures.

import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openAzureStorage } from '../../activities/storage/azure/azure.ts';
import { DamagedObjectError } from '../../activities/storage/errors.ts';
import type { Storage, UploadState } from '../../activities/storage/storage.ts';
import { AZURE_CONTAINER, azureEntryOf, openAzureAt, startTestAzurite } from '../conformance/kinds/azure.ts';
import { isCopiedByService } from './copied-by-service.ts';
import { watchServer, type Seen, type WatchedServer } from './watched-server.ts';
import { openingOf } from '../support/impatient.ts';
import { md5, sha256 } from '../support/digests.ts';

const LARGE_BYTES = 70_000_000;
const PART_BYTES = 16 * 1024 * 1024;

/** Put Block and Put Blob. */
const isBody = ({ method, bytesSent, url }: Seen): boolean =>
  method === 'PUT' && bytesSent > 1000 && !url.includes('comp=blocklist');

describe('a storage of kind azure', () => {
  let servers: Awaited<ReturnType<typeof startTestAzurite>>;
  let watched: WatchedServer;
  let storage: Storage;
  let other: Storage;
  let container: ContainerClient;

  beforeAll(async () => {
    servers = await startTestAzurite();
    const { azurite } = servers;
    watched = await watchServer(azurite.endpoint);
    storage = await openAzureAt({ ...azurite, endpoint: watched.url }, '/registry');
    other = await openAzureAt({ ...azurite, endpoint: watched.url }, '/other');
    container = new ContainerClient(
      `${azurite.endpoint}/${AZURE_CONTAINER}`,
      new StorageSharedKeyCredential(azurite.account, azurite.key),
    );
  });
  afterAll(async () => {
    await watched.stop();
    await servers.stop();
  });
  beforeEach(() => watched.forget());
  afterEach(async () => {
    watched.forget();
    for await (const { name } of container.listBlobsFlat()) await container.deleteBlob(name);
  });

  const names = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const { name } of container.listBlobsFlat()) found.push(name);
    return found;
  };
  const put = (key: string, bytes: Buffer): Promise<unknown> =>
    storage.write(key, bytes, { size: bytes.length, sha256: sha256(bytes) });

  test('does not believe a digest that somebody else has written beside the bytes', async () => {
    const bytes = Buffer.from('wrong bytes');
    const blob = container.getBlockBlobClient('registry/forged');
    await blob.upload(bytes, bytes.length, {
      metadata: { transshipsha256: sha256('right bytes'), transshipboundto: `md5=${md5(bytes)}` },
      blobHTTPHeaders: { blobContentMD5: Buffer.from(md5(bytes), 'hex') },
    });
    await put('ours', bytes);
    const listed = await Array.fromAsync(storage.list({}));
    expect(listed).toEqual([
      { key: 'forged', size: bytes.length, md5: md5(bytes) },
      { key: 'ours', size: bytes.length, md5: md5(bytes), sha256: sha256(bytes) },
    ]);
    expect(await storage.stat('forged')).not.toHaveProperty('sha256');
    // Sealed, and of other bytes.
    const { metadata = {} } = await container.getBlobClient('registry/ours').getProperties();
    const others = Buffer.from('other bytes');
    await blob.upload(others, others.length, { metadata });
    expect(await storage.stat('forged')).not.toHaveProperty('sha256');
  });

  test('puts its keys where Distribution 3 looks, and where Distribution 2 does', async () => {
    const { azurite } = servers;
    const key = 'docker/registry/v2/repositories/a/_layers/sha256/0/link';
    for (const [rootdirectory, legacyrootprefix] of [
      ['', false],
      ['/', true],
      ['/some/root/', false],
    ] as const) {
      const entry = { ...azureEntryOf(azurite, rootdirectory), legacyrootprefix };
      const rooted = await openAzureStorage(
        'azure',
        entry,
        openingOf(() => Promise.resolve(azurite.key)),
      );
      await rooted.write(key, Buffer.from('x'), { size: 1 });
      expect((await rooted.list({ prefix: 'docker/' })[Symbol.asyncIterator]().next()).value).toMatchObject({
        key,
      });
    }
    expect((await names()).sort()).toEqual([`/${key}`, key, `some/root/${key}`]);
  });

  test('goes on with an upload that was ended in the middle, and sends no block again', async () => {
    const body = randomBytes(LARGE_BYTES);
    const request = { size: body.length, sha256: sha256(body) };
    const reason = new Error('the worker is killed');
    const controller = new AbortController();
    let state: UploadState | undefined;
    const blob = container.getBlockBlobClient('registry/large');
    const staged = async (): Promise<number> =>
      (await blob.getBlockList('uncommitted').catch(() => undefined))?.uncommittedBlocks?.length ?? 0;
    const read = async (offset: number, length: number): Promise<Readable> => {
      if (offset >= 3 * PART_BYTES && !controller.signal.aborted) {
        while ((await staged()) < 3) await sleep(50);
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
    expect(await names()).toEqual([]);
    const sentBefore = watched.seen.filter(isBody).length;
    expect(sentBefore).toBe(3);
    watched.forget();

    await storage.writeInParts?.('large', read, request, state && { resume: state });
    const sentAgain = watched.seen.filter(isBody).map(({ bytesSent }) => bytesSent);
    expect(new Set(sentAgain)).toEqual(new Set([PART_BYTES, LARGE_BYTES - 4 * PART_BYTES]));
    expect(sha256(await buffer(await storage.read('large')))).toBe(request.sha256);
    expect(await storage.stat('large')).toEqual({
      size: body.length,
      sha256: request.sha256,
      md5: md5(body),
    });
  });

  isCopiedByService('Azure', () => ({ storage, other, watched }), { bytes: 5_000_000, mostMoved: 2000 });

  test('copies nothing whose digest nobody vouches for', async () => {
    const body = randomBytes(1000);
    const request = { size: body.length, sha256: sha256(body) };
    // As a registry writes it.
    await container.getBlockBlobClient('other/plain').upload(body, body.length);
    expect(await storage.copyFrom?.(other, 'plain', request)).toBeUndefined();
    // Replaced by somebody who keeps the metadata of what was there.
    await other.write('replaced', body, request);
    const { metadata } = await container.getBlobClient('other/replaced').getProperties();
    expect(metadata).toBeDefined();
    const damaged = randomBytes(1000);
    await container
      .getBlockBlobClient('other/replaced')
      .upload(damaged, damaged.length, metadata && { metadata });
    expect(await other.stat('replaced')).toEqual({ size: 1000, md5: md5(damaged) });
    expect(await storage.copyFrom?.(other, 'replaced', request)).toBeUndefined();
    expect((await names()).filter((name) => name.startsWith('registry/'))).toEqual([]);
  });

  test.each([3000, 9_000_000])(
    'refuses %i bytes that changed on the way, and keeps the old',
    async (size) => {
      const old = Buffer.from('old');
      await put('blob', old);
      watched.spoil(isBody);
      await expect(put('blob', randomBytes(size))).rejects.toBeInstanceOf(DamagedObjectError);
      watched.forget();
      expect(await buffer(await storage.read('blob'))).toEqual(old);
      expect(await names()).toEqual(['registry/blob']);
    },
  );

  test('shows blobs that nobody vouches for with what Azure knows of them', async () => {
    const body = randomBytes(100);
    await container.getBlockBlobClient('registry/put').upload(body, body.length);
    const appended = container.getAppendBlobClient('registry/appended');
    await appended.create();
    await appended.appendBlock(body, body.length);
    await put('ours', body);
    const found = [];
    for await (const object of storage.list({})) found.push(object);
    expect(found).toEqual([
      { key: 'appended', size: 100 },
      { key: 'ours', size: 100, md5: md5(body), sha256: sha256(body) },
      { key: 'put', size: 100, md5: md5(body) },
    ]);
  });

  test('has no signature and no key in an error', async () => {
    const body = randomBytes(1000);
    const request = { size: body.length, sha256: sha256(body) };
    await other.write('blob', body, request);
    watched.answer(
      ({ headers }) => headers['x-ms-copy-source'] !== undefined,
      ({ headers }) => ({
        status: 400,
        body: `<?xml version="1.0"?><Error><Code>InvalidSource</Code><Message>cannot read ${String(
          headers['x-ms-copy-source'],
        ).replaceAll('&', '&amp;')}</Message></Error>`,
      }),
    );
    const error: unknown = await storage
      .copyFrom?.(other, 'blob', request)
      .catch((thrown: unknown) => thrown);
    const source = watched.seen
      .map(({ headers }) => String(headers['x-ms-copy-source']))
      .find((url) => url !== 'undefined');
    expect(source).toContain('sig=');
    const said = inspect(error, { depth: 20, showHidden: true });
    expect(said).toContain('InvalidSource');
    for (const secret of ['sig=', 'SharedKey', servers.azurite.key]) expect(said).not.toContain(secret);
  });

  test('says so when the account key is another one', async () => {
    const wrong = Buffer.from('another key').toString('base64');
    const denied = await openAzureStorage(
      'azure',
      azureEntryOf(servers.azurite, '/'),
      openingOf(() => Promise.resolve(wrong)),
    );
    const error: unknown = await denied.stat('x').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ type: 'AccessDenied' });
    expect(inspect(error, { depth: 20 })).not.toContain('SharedKey ');
  });
});
