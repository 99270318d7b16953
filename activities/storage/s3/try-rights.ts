// Tries, action by action, what the policy of an S3 storage has to permit (domain/storage/s3-rights.ts), so that whoever
// grants rights learns the very name that is missing. All is tried below the folder of probes, and removed again.

import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { PROBE_FOLDER } from '../../../domain/storage/content-address.ts';
import type { S3Action } from '../../../domain/storage/s3-rights.ts';
import type { TryRight } from '../storage.ts';
import { abortedBy, at } from './connection.ts';
import type { S3Context } from './context.ts';
import { s3Error, statusOf } from './errors.ts';

const [REDIRECTION, FORBIDDEN, NOT_FOUND, SERVER_ERROR] = [300, 403, 404, 500];
/** Refusals that may pass. */
const PASSING = new Set([408, 425, 429]);
const NOT_IMPLEMENTED = 501;
/** Refusals of whoever asks, whatever is asked for. */
const STRANGER = new Set([
  ...['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'ExpiredToken', 'InvalidToken', 'InvalidSecurity'],
  // Of versitygw
  'XAdminUserNotFound',
]);
/** A bucket of another region says so in these ways. */
const ELSEWHERE = new Set(['AuthorizationHeaderMalformed', 'PermanentRedirect', 'TemporaryRedirect']);

type Rights = { writable: boolean; attempt: TryRight; signal: AbortSignal };

export async function tryRights(context: S3Context, { writable, attempt, signal }: Rights): Promise<void> {
  const { client, bucket, root } = context;
  const key = `${PROBE_FOLDER}rights-${randomUUID()}`;
  const object = at(context, key);
  const sending = abortedBy(signal);
  const right = async (action: S3Action, request: () => Promise<unknown>, how = ''): Promise<boolean> =>
    await attempt(`carry out ${action}${how === '' ? '' : ` (${how})`}`, async () => {
      const refusal = await refusalOf(context, request, signal);
      if (refusal !== undefined) throw refusal;
    });

  const prefix = root + PROBE_FOLDER;
  const list = (): Promise<unknown> =>
    client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 }), sending);
  const stranger = strangeness(await refusalOf(context, list, signal));
  if (stranger !== undefined) {
    await attempt(stranger.action, () => Promise.reject(stranger.refusal));
    return;
  }
  const mayList = await right('s3:ListBucket', list);
  const tryReads = async (isThere: boolean): Promise<void> => {
    // Who may not list is refused what is not there, whether or not it may be read
    if (!mayList && !isThere) return;
    await right('s3:GetObject', () => orNotFound(client.send(new GetObjectCommand(object), sending)));
    await right(
      's3:GetObject',
      () => orNotFound(client.send(new HeadObjectCommand(object), sending)),
      'HeadObject',
    );
  };
  if (!writable) return await tryReads(false);
  const locate = (): Promise<unknown> =>
    client.send(new GetBucketLocationCommand({ Bucket: bucket }), sending);
  await attempt(
    'carry out s3:GetBucketLocation',
    async () => {
      const refusal = await refusalOf(context, locate, signal);
      // Servers that are not Amazon's need not know it
      if (refusal?.status === FORBIDDEN) throw refusal;
    },
    { needed: false },
  );
  const put = new PutObjectCommand({ ...object, Body: 'x' });
  await tryReads(await right('s3:PutObject', () => client.send(put, sending)));
  await tryParts(context, key, right, signal);
  await right('s3:DeleteObject', () => client.send(new DeleteObjectCommand(object), sending), `of ${key}`);
}

type Right = (action: S3Action, request: () => Promise<unknown>, how?: string) => Promise<boolean>;

async function tryParts(context: S3Context, key: string, right: Right, signal: AbortSignal): Promise<void> {
  const { client, bucket, root } = context;
  const object = at(context, key);
  const sending = abortedBy(signal);
  let UploadId: string | undefined;
  const create = async (): Promise<void> => {
    ({ UploadId } = await client.send(new CreateMultipartUploadCommand(object), sending));
  };
  await right('s3:PutObject', create, 'CreateMultipartUpload');
  const uploads = new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: root + key, MaxUploads: 1 });
  await right('s3:ListBucketMultipartUploads', () => client.send(uploads, sending));
  if (UploadId === undefined) return;
  const upload = { ...object, UploadId };
  const abort = (): Promise<unknown> => client.send(new AbortMultipartUploadCommand(upload));
  try {
    const part = new UploadPartCommand({ ...upload, PartNumber: 1, Body: 'x' });
    await right('s3:PutObject', () => client.send(part, sending), 'UploadPart');
    await right('s3:ListMultipartUploadParts', () => client.send(new ListPartsCommand(upload), sending));
  } catch (error) {
    await abort().catch(() => undefined);
    throw error;
  }
  await right('s3:AbortMultipartUpload', abort, `of ${key}`);
}

/** What was refused, for good; what may pass is thrown. */
class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(error: Error, status: number) {
    super(`${error.name} (${status}): ${error.message}`);
    this.status = status;
    this.code = error.name;
  }
}

async function refusalOf(
  context: S3Context,
  request: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  try {
    await request();
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    const status = statusOf(error) ?? 0;
    const isRefused = status >= REDIRECTION && status < SERVER_ERROR && !PASSING.has(status);
    const told = s3Error(error, { storage: context.describe, action: 'check', signal });
    // A wrong clock is set right by the next request
    const isClock = (error as Error).name.startsWith('RequestTime');
    if (!(isRefused || status === NOT_IMPLEMENTED) || isClock) throw told;
    return new Refusal(error as Error, status);
  }
}

/** What keeps everything from being done, so that nothing else is worth a try. */
function strangeness(refusal: Refusal | undefined): { action: string; refusal: Refusal } | undefined {
  if (refusal === undefined) return undefined;
  const { code, status } = refusal;
  if (STRANGER.has(code)) return { action: 'be used with these credentials', refusal };
  if (ELSEWHERE.has(code) || status < 400) return { action: 'be found in this region', refusal };
  return code === 'NoSuchBucket' ? { action: 'be found', refusal } : undefined;
}

/** Whoever may read is told that there is no such object. */
async function orNotFound(request: Promise<unknown>): Promise<void> {
  try {
    const { Body } = (await request) as { Body?: Readable };
    Body?.resume();
  } catch (error) {
    if (statusOf(error) !== NOT_FOUND || (error as Error).name === 'NoSuchBucket') throw error;
  }
}
