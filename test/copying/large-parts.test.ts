// A large object goes in parts, and an attempt goes on with the parts of the one before it.

import { randomBytes } from 'node:crypto';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../support/digests.ts';
import { altered, copyingRig, keyOfBlob, request } from './copying-rig.ts';

const { storages, storage, s3Server, openS3, put, everything, perform, plan } = copyingRig({ s3: true });

/** Passes everything on to the S3 server, and tells of each part that it has taken. */
async function startPartCounter(
  taken: (part: number) => void,
): Promise<{ server: Server; endpoint: string }> {
  const { hostname, port } = new URL(s3Server().s3.endpoint);
  const server = createServer((request, response) => {
    const part = /^PUT .*[?&]partNumber=(\d+)/.exec(`${request.method} ${request.url}`)?.[1];
    const { method, url: path, headers } = request;
    const onwards = httpRequest({ hostname, port, method, path, headers }, (answer) => {
      if (part !== undefined && answer.statusCode === 200) taken(Number(part));
      response.writeHead(answer.statusCode as number, answer.headers);
      answer.pipe(response);
    });
    onwards.on('error', () => response.destroy());
    request.on('close', () => request.complete || onwards.destroy());
    request.pipe(onwards);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { server, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('a large object in parts', () => {
  const MIB = 1024 ** 2;
  const PASS = { pass: 1, source: 'filesystem-a', destination: 's3-b' };

  test('is gone on with by the next attempt, which sends no part again', async () => {
    const taken: number[] = [];
    let onTaken: (() => void) | undefined;
    const { server, endpoint } = await startPartCounter((part) => {
      taken.push(part);
      onTaken?.();
    });
    const behind = await openS3('b', { regionendpoint: endpoint });
    storages.set('s3-b', altered(behind, { limits: { ...behind.limits, parts: 10 * MIB } }));
    const blob = randomBytes(70 * MIB);
    await put('filesystem-a', keyOfBlob(blob), blob);
    await plan(PASS);

    const first = new MockActivityEnvironment({ attempt: 1 });
    let details: unknown;
    first.on('heartbeat', (news: unknown) => {
      details = news ?? details;
    });
    onTaken = () => {
      if (taken.length === 3) first.cancel('CANCELLED');
    };
    await expect(perform(first, 'copyShard', { ...request(PASS), shard: 0 })).rejects.toMatchObject({
      name: 'CancelledFailure',
    });
    expect(Object.keys((details as { uploads: object }).uploads)).toEqual([keyOfBlob(blob)]);
    expect(JSON.stringify(details).length).toBeLessThan(2048);
    const before = [...taken];

    onTaken = undefined;
    taken.length = 0;
    const second = new MockActivityEnvironment({ attempt: 2, heartbeatDetails: details });
    second.on('heartbeat', (news: unknown) => {
      details = news ?? details;
    });
    const result = await perform(second, 'copyShard', { ...request(PASS), shard: 0 });
    expect(result).toMatchObject({ copiedObjects: 1, copiedBytes: blob.length });
    expect(taken.filter((part) => before.includes(part))).toEqual([]);
    expect([...before, ...taken].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await everything('s3-b')).toEqual({ [keyOfBlob(blob)]: sha256(blob) });
    expect(details).toMatchObject({ done: 1, uploads: {} });
    server.close();
    await behind.close();
  });

  test('begins anew where the server has forgotten the upload, or the details are of another version', async () => {
    const real = storage('s3-b');
    storages.set('s3-b', altered(real, { limits: { ...real.limits, parts: 10 * MIB } }));
    for (const uploads of ['none', { key: 7 }, { upload: 'forgotten', partBytes: 8 * MIB }]) {
      const blob = randomBytes(20 * MIB);
      await put('filesystem-a', keyOfBlob(blob), blob);
      const pass = { ...PASS, pass: JSON.stringify(uploads).length };
      await plan(pass);
      const environment = new MockActivityEnvironment({
        attempt: 2,
        heartbeatDetails: {
          v: 2,
          uploads: typeof uploads === 'string' ? uploads : { [keyOfBlob(blob)]: uploads },
        },
      });
      const result = await perform(environment, 'copyShard', { ...request(pass), shard: 0 });
      expect(result).toMatchObject({ copiedObjects: 1 });
    }
    expect(await everything('s3-b')).toEqual(await everything('filesystem-a'));
  });
});
