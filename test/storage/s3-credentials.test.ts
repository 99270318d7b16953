// The keys of an S3 storage may change while it is open.

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { openStorageEntry } from '../../activities/storage/open-storage.ts';
import { startTestS3 } from '../conformance/servers.ts';
import { openingOf } from '../support/impatient.ts';
import { behindProxy, refused } from './s3-behind-proxy.ts';

let server: Awaited<ReturnType<typeof startTestS3>>;

beforeAll(async () => {
  server = await startTestS3();
});

afterAll(async () => {
  await server.stop();
});

describe('the keys of an S3 storage', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('are asked for again after a minute, and not before', async () => {
    let secret = 'wrong';
    let asked = 0;
    const rotating = await openStorageEntry(
      's3',
      server.entry,
      openingOf(async (ref) => {
        asked += 1;
        return (ref as { env: string }).env === 'ACCESS' ? server.s3.accessKey : secret;
      }),
    );
    vi.useFakeTimers({ toFake: ['Date'] });
    const stat = () => rotating.stat('none');
    await expect(stat()).rejects.toMatchObject({ type: 'AccessDenied' });
    secret = server.s3.secretKey;
    await expect(stat()).rejects.toMatchObject({ type: 'AccessDenied' });
    expect(asked).toBe(2);
    vi.setSystemTime(Date.now() + 60_000);
    expect(await stat()).toBeUndefined();
    expect(asked).toBe(4);
    await rotating.close();
  });
});

describe('temporary keys of an S3 storage', () => {
  const behind = behindProxy();

  test('go with every request, signed, and an expired token is named as such', async () => {
    const secrets: Record<string, string> = {
      ACCESS: behind.server.s3.accessKey,
      SECRET: behind.server.s3.secretKey,
      TOKEN: 'token-of-the-hour',
    };
    const entry = { ...behind.server.entry, regionendpoint: behind.url, sessiontoken: { env: 'TOKEN' } };
    const storage = await openStorageEntry(
      's3',
      entry,
      openingOf((ref) => Promise.resolve(secrets[(ref as { env: string }).env] ?? '')),
    );
    behind.forget();
    await storage.write('key', Buffer.from('content'), { size: 7 });
    expect(await Array.fromAsync(storage.list({}))).toHaveLength(1);
    expect(behind.seen.length).toBeGreaterThan(1);
    for (const { headers } of behind.seen) {
      expect(headers['x-amz-security-token']).toBe('token-of-the-hour');
      expect(headers['authorization']).toContain('x-amz-security-token');
    }
    behind.lack(refused(400, 'ExpiredToken'));
    for (const work of [
      () => Array.fromAsync(storage.list({})),
      () => storage.write('key', Buffer.from('x'), { size: 1 }),
    ])
      await expect(work()).rejects.toMatchObject({
        type: 'SecretUnavailable',
        message: expect.stringContaining('the session token has expired') as string,
      });
    behind.lack(null);
    vi.useFakeTimers({ toFake: ['Date'] });
    secrets['TOKEN'] = 'token-of-the-next';
    vi.setSystemTime(Date.now() + 60_000);
    behind.forget();
    await storage.stat('key');
    expect(behind.seen[0]?.headers['x-amz-security-token']).toBe('token-of-the-next');
    vi.useRealTimers();
    await storage.close();
  });
});
