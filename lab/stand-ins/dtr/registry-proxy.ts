// Hands requests for blobs on to Distribution, streaming both ways. Distribution knows one repository; locations in its
// answers are translated back to the repository that the client named.

import { request as httpRequest } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished, pipeline } from 'node:stream/promises';
import { BLOB_REPOSITORY } from './blob-layout.ts';
import type { Lease } from './blob-service.ts';
import { sendError } from './registry-errors.ts';

/** Headers that belong to one connection, or that Distribution must not see. */
const NOT_FORWARDED = new Set(['connection', 'host', 'authorization', 'keep-alive', 'expect', 'upgrade']);

export type Forward = {
  lease: Lease;
  /** Below `/v2/<repository of Distribution>/`, with its query. */
  path: string;
  repository: string;
  /** Writes can be cut off when the registry becomes read-only. */
  isWrite: boolean;
  /** Called with the status before the client hears of it: here a finished upload is recorded. */
  beforeAnswer?: (status: number) => Promise<void>;
};

export async function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { lease, path, repository, isWrite, beforeAnswer }: Forward,
): Promise<void> {
  const aborter = new AbortController();
  lease.readers += 1;
  if (isWrite) lease.writes.add(aborter);
  try {
    const answer = await send(incoming, lease, path, aborter.signal);
    aborter.signal.throwIfAborted();
    await beforeAnswer?.(answer.statusCode ?? 502);
    outgoing.writeHead(
      answer.statusCode ?? 502,
      answerHeaders(answer, repository, incoming.headers.host ?? ''),
    );
    if (incoming.method === 'HEAD') {
      answer.resume();
      outgoing.end();
      await finished(answer);
    } else await pipeline(answer, outgoing);
  } catch (error) {
    if (outgoing.headersSent || incoming.destroyed) outgoing.destroy();
    else
      sendError(outgoing, 503, 'UNAVAILABLE', 'the storage did not answer', String(error), {
        Connection: 'close',
      });
  } finally {
    lease.readers -= 1;
    lease.writes.delete(aborter);
  }
}

async function send(
  incoming: IncomingMessage,
  lease: Lease,
  path: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).filter(([name]) => !NOT_FORWARDED.has(name)),
  );
  const { address, port, agent } = lease.distribution;
  const upstream = httpRequest({
    host: address,
    port,
    agent,
    signal,
    method: incoming.method ?? 'GET',
    path: `/v2/${BLOB_REPOSITORY}/${path}`,
    headers,
  });
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    upstream.once('response', resolve);
    upstream.once('error', reject);
  });
  // A refusal can come before the whole body was sent: then the answer counts, not the broken pipe.
  const sent = pipeline(incoming, upstream, { end: true }).catch(() => undefined);
  const received = await answer;
  void sent;
  return received;
}

function answerHeaders(
  answer: IncomingMessage,
  repository: string,
  host: string,
): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(answer.headers))
    if (value !== undefined && name !== 'connection' && name !== 'keep-alive') headers[name] = value;
  const location = answer.headers.location;
  const own = `/v2/${BLOB_REPOSITORY}/`;
  if (location?.startsWith(own) === true)
    headers['location'] = `https://${host}/v2/${repository}/${location.slice(own.length)}`;
  return headers;
}
