// What servers of S3's protocol differ in beyond what every storage is tried for.

import { hash } from 'node:crypto';
import { DeleteObjectsCommand } from '@aws-sdk/client-s3';
import type { Attempt, Finding } from '../probe.ts';
import { EMPTY_SHA256 } from '../../../domain/storage/content-address.ts';
import { statusOf } from './errors.ts';
import { abortedBy } from './connection.ts';
import type { S3Context } from './context.ts';
import { hexToBase64 } from './headers.ts';
import type { RefusedError } from './wire.ts';

const CLOCK_LIMIT_S = 60;
const MAX_KEYS = 2;

export async function probeS3(
  context: S3Context,
  folder: string,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<void> {
  const root = context.root + folder;
  const put = async (name: string, headers: Record<string, string>, body: string, payload?: string) => {
    const answer = await context.wire.send({
      method: 'PUT',
      key: root + name,
      headers,
      payload: payload ?? hash('sha256', body),
      body: Buffer.from(body),
      signal,
    });
    answer.body.resume();
    return answer;
  };

  await attempt('conditional writes', async () => {
    await put('condition', {}, 'old');
    try {
      await put('condition', { 'if-none-match': '*' }, 'new');
      return { verdict: 'no', detail: 'If-None-Match is ignored: an object is replaced all the same' };
    } catch (error) {
      if (statusOf(error) === 412) return { verdict: 'yes', detail: 'If-None-Match is obeyed' };
      return { verdict: 'no', detail: `If-None-Match is refused: ${(error as Error).name}` };
    }
  });
  await attempt('wrong bytes are refused', async () => {
    const refuses = await context.capabilities.refusesWrongBytes(context, signal);
    return answer(
      refuses,
      'other bytes than the digest names are not stored',
      'they are stored: copies are read back',
    );
  });
  await attempt('copies between buckets', async () => {
    const tells = await context.capabilities.tellsDigestOfCopies(context, signal);
    return answer(
      tells,
      'copied by the server, which tells their SHA-256',
      'bytes pass through the worker: the server does not tell what it copied',
    );
  });
  await attempt('trailing checksums (aws-chunked)', async () => {
    const sha256 = hexToBase64(hash('sha256', 'x'));
    const body = `1\r\nx\r\n0\r\nx-amz-checksum-sha256:${sha256}\r\n\r\n`;
    const headers = {
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': '1',
      'x-amz-trailer': 'x-amz-checksum-sha256',
    };
    return await refusable(
      () => put('trailer', headers, body, 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'),
      'taken, though not used',
      'not used',
    );
  });
  await attempt('removal without Content-MD5', async () => {
    const command = new DeleteObjectsCommand({
      Bucket: context.bucket,
      Delete: { Objects: [{ Key: `${root}none` }] },
    });
    return await refusable(
      () => context.client.send(command, abortedBy(signal)),
      'taken, though always sent',
      'it is always sent',
    );
  });
  await attempt('listing version 2', async () => {
    const asked = await context.wire.send({
      method: 'GET',
      key: '',
      query: `list-type=2&max-keys=${MAX_KEYS}`,
      payload: EMPTY_SHA256,
      signal,
    });
    const knows = (await asked.text()).includes('<KeyCount>');
    return answer(knows, 'known', 'version 1 is used');
  });
  await attempt('clock', async () => {
    const { headers, body } = await context.wire.send({
      method: 'HEAD',
      key: '',
      payload: EMPTY_SHA256,
      signal,
    });
    body.resume();
    const aheadS = Math.round((Date.parse(headers['date'] ?? '') - Date.now()) / 1000);
    if (Number.isNaN(aheadS)) return { verdict: 'no', detail: 'the server does not tell its time' };
    const detail =
      aheadS === 0
        ? 'the same as here'
        : `the server's is ${Math.abs(aheadS)} s ${aheadS > 0 ? 'ahead' : 'behind'}`;
    return { verdict: Math.abs(aheadS) > CLOCK_LIMIT_S ? 'limited' : 'yes', detail };
  });
}

const answer = (is: boolean, yes: string, no: string): Finding => ({
  verdict: is ? 'yes' : 'no',
  detail: is ? yes : no,
});

async function refusable(work: () => Promise<unknown>, taken: string, instead: string): Promise<Finding> {
  try {
    await work();
    return { verdict: 'yes', detail: taken };
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    return { verdict: 'no', detail: `refused (${(error as RefusedError).name}); ${instead}` };
  }
}
