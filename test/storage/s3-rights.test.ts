// The policy that is printed is what a user of a bucket needs, no more and no less: a real server takes it at its word, and
// each action that it leaves out is named.

import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { inProcessMeter } from '../../activities/concurrency/in-process-meter.ts';
import { checkAccess } from '../../activities/inspection/check-access.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import type { AccessCheck } from '../../contracts/storage-activities.ts';
import { s3Policy, type S3Action } from '../../domain/storage/s3-rights.ts';
import { entryOf, openAt, type S3Access } from '../conformance/kinds/s3-entry.ts';
import { startTestS3 } from '../conformance/servers.ts';
import { IMPATIENT } from '../support/impatient.ts';
import { behindProxy, refused } from './s3-behind-proxy.ts';

const USER = { accessKey: 'registry', secretKey: 'registry-secret' };
const ROOT = '/registry';
/** Made by a request: what is a folder only has no rights that versitygw could read. */
const BUCKET = 'restricted';

/** Of versitygw alone: it asks for the right to remove many at once for the bucket, and not for each object. */
const MANY_AT_ONCE = {
  Effect: 'Allow' as const,
  Action: ['s3:DeleteObject' as const],
  Resource: [`arn:aws:s3:::${BUCKET}`, `arn:aws:s3:::${BUCKET}/*`],
};

let server: Awaited<ReturnType<typeof startTestS3>>;
let owner: S3Client;
const storages: Storage[] = [];

beforeAll(async () => {
  server = await startTestS3({ users: [USER] });
  const { endpoint, region, accessKey, secretKey } = server.s3;
  owner = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
  });
  await owner.send(new CreateBucketCommand({ Bucket: BUCKET }));
});
afterAll(async () => {
  for (const storage of storages) await storage.close();
  owner.destroy();
  await server.stop();
});

async function openAs(access: Partial<S3Access>, bucket = BUCKET): Promise<Storage> {
  const storage = await openAt({ ...server.s3, ...access }, bucket, ROOT);
  storages.push(storage);
  return storage;
}

/** The printed policy as the bucket's own, for our user, without some of its actions. */
async function permit(...without: S3Action[]): Promise<void> {
  const { Version, Statement } = s3Policy(entryOf(server.s3, BUCKET, ROOT));
  const policy = {
    Version,
    Statement: [...Statement, MANY_AT_ONCE]
      .map((row) => ({
        ...row,
        Action: row.Action.filter((action) => !without.includes(action)),
        Principal: { AWS: [USER.accessKey] },
      }))
      .filter(({ Action }) => Action.length > 0),
  };
  await owner.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy: JSON.stringify(policy) }));
}

const check = async (storage: Storage, writable = true): Promise<AccessCheck> =>
  await checkAccess(storage, writable, [], inProcessMeter(new AbortController().signal, IMPATIENT));

const failed = ({ actions }: AccessCheck): string[] =>
  actions.filter(({ ok }) => !ok).map(({ action }) => action);

async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of (await openAs({})).list({})) found.push(key);
  return found;
}

describe('a user with the printed policy', () => {
  test('may do all that is needed, and leaves nothing', async () => {
    await permit();
    const found = await check(await openAs(USER));
    expect(failed(found)).toEqual([]);
    expect(found.actions.map(({ action }) => action)).toEqual([
      'carry out s3:ListBucket',
      'carry out s3:GetBucketLocation',
      'carry out s3:PutObject',
      'carry out s3:GetObject',
      'carry out s3:GetObject (HeadObject)',
      'carry out s3:PutObject (CreateMultipartUpload)',
      'carry out s3:ListBucketMultipartUploads',
      'carry out s3:PutObject (UploadPart)',
      'carry out s3:ListMultipartUploadParts',
      expect.stringMatching(/^carry out s3:AbortMultipartUpload \(of \.transship-probe\/rights-/),
      expect.stringMatching(/^carry out s3:DeleteObject \(of \.transship-probe\/rights-/),
      ...['list', 'write', 'read', 'copy', 'remove'],
    ]);
    expect(await keys()).toEqual([]);
  });

  test.each([
    's3:ListBucket',
    's3:GetBucketLocation',
    's3:ListBucketMultipartUploads',
    's3:GetObject',
    's3:PutObject',
    's3:DeleteObject',
    's3:AbortMultipartUpload',
    's3:ListMultipartUploadParts',
  ] as const)('but for %s is told that very name', async (action) => {
    await permit(action);
    const found = await check(await openAs(USER));
    const names = failed(found);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(name).toMatch(new RegExp(`^carry out ${action}( |$)`));
    expect(JSON.stringify(found)).toContain('AccessDenied (403)');
    expect(JSON.stringify(found)).not.toContain(USER.secretKey);
  });

  test('may read a source without the rights to write', async () => {
    await permit('s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload');
    expect(failed(await check(await openAs(USER), false))).toEqual([]);
    await permit('s3:GetObject');
    expect(failed(await check(await openAs(USER), false))).toEqual([
      'carry out s3:GetObject',
      'carry out s3:GetObject (HeadObject)',
    ]);
  });

  test('but for the right to list is not said to lack that to read', async () => {
    await permit('s3:ListBucket');
    expect(failed(await check(await openAs(USER), false))).toEqual(['carry out s3:ListBucket']);
    await permit('s3:ListBucket', 's3:PutObject');
    const names = failed(await check(await openAs(USER))).join();
    expect(names).toContain('s3:ListBucket');
    expect(names).not.toContain('s3:GetObject');
  });
});

test.each([
  ['be used with these credentials', { secretKey: 'another' }, undefined],
  ['be used with these credentials', { accessKey: 'nobody' }, undefined],
  ['be found', {}, 'nowhere'],
])('cannot %s, and is told nothing else', async (action, access, bucket) => {
  expect(failed(await check(await openAs(access, bucket)))).toEqual([action]);
});

describe('behind a proxy', () => {
  const behind = behindProxy();
  afterEach(() => behind.lack(null));

  test('that sends to another region it says so', async () => {
    behind.lack(refused(301, 'PermanentRedirect'));
    expect(failed(await check(await behind.open()))).toEqual(['be found in this region']);
  });

  test('that does not know one request it names that one', async () => {
    behind.lack((exchange) =>
      exchange.method === 'POST' && exchange.url.includes('uploads')
        ? refused(501, 'NotImplemented')(exchange)
        : undefined,
    );
    expect(failed(await check(await behind.open()))).toEqual([
      'carry out s3:PutObject (CreateMultipartUpload)',
    ]);
  });

  test('that is overloaded nothing is said of rights, and no upload stays', async () => {
    const storage = await behind.open();
    behind.lack((exchange) =>
      exchange.url.includes('partNumber') ? refused(503, 'SlowDown')(exchange) : undefined,
    );
    await expect(check(storage)).rejects.toMatchObject({ type: 'StorageUnavailable' });
    expect(
      behind.seen.filter(({ method, url }) => method === 'DELETE' && url.includes('uploadId')),
    ).toHaveLength(1);
  });
});
