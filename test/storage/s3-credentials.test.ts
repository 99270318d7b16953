// The keys of an S3 storage may change while it is open.

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { openStorageEntry } from '../../activities/storage/open-storage.ts';
import { startTestS3 } from '../conformance/servers.ts';
import { openingOf } from '../support/impatient.ts';

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
