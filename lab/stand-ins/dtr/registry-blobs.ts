// Blobs of the registry API v2: a repository has the blobs that the metadata store links to it; the bytes are
// Distribution's. An upload is acknowledged after its link is committed.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { habitsNow } from './cluster.ts';
import { isLinked, linkBlob, lockForPush, mountBlob, unlock } from './images.ts';
import { nameBlob, serveNamedBlob } from './named-blobs.ts';
import { sendError } from './registry-errors.ts';
import { forward } from './registry-proxy.ts';
import type { Replica } from './replica-context.ts';

const LOCK_POLL_INTERVAL_MS = 20;

export async function handleBlob(
  replica: Replica,
  request: IncomingMessage,
  response: ServerResponse,
  repository: string,
  digest: string,
): Promise<void> {
  const lease = replica.blobs.current();
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    // Distribution refuses a DELETE in read-only mode; DTR leaves deleting to garbage collection at all times.
    if (lease.readOnly)
      return forward(request, response, { lease, path: `blobs/${digest}`, repository, isWrite: true });
    return sendError(response, 405, 'UNSUPPORTED', 'The operation is unsupported.');
  }
  if (!isLinked(replica.store, repository, digest))
    return sendError(response, 404, 'BLOB_UNKNOWN', 'blob unknown to registry', { digest });
  if (habitsNow(replica).namesBlobs && (await serveNamedBlob(replica, request, response, digest))) return;
  await forward(request, response, { lease, path: `blobs/${digest}`, repository, isWrite: false });
}

export async function handleUpload(
  replica: Replica,
  request: IncomingMessage,
  response: ServerResponse,
  repository: string,
  upload: string,
  query: string,
): Promise<void> {
  const path = `blobs/uploads/${upload}${request.method === 'POST' ? '' : query}`;
  const parameters = new URLSearchParams(query);
  // The lease is taken in the same instant as it is used: a write must not begin on one that was drained already.
  const handOn = (beforeAnswer?: (status: number) => Promise<void>): Promise<void> =>
    forward(request, response, {
      lease: replica.blobs.current(),
      path,
      repository,
      isWrite: true,
      ...(beforeAnswer === undefined ? {} : { beforeAnswer }),
    });
  if (replica.blobs.current().readOnly) return handOn();

  const mount = parameters.get('mount');
  const from = parameters.get('from');
  if (request.method === 'POST' && mount !== null && from !== null) {
    if (mountBlob(replica.store, from, repository, mount))
      return answerMount(request, response, repository, mount);
  }

  const digest = parameters.get('digest');
  if (request.method !== 'PUT' || digest === null) return handOn();

  while (!lockForPush(replica.store, digest, upload)) await sleep(LOCK_POLL_INTERVAL_MS);
  try {
    await handOn(async (status) => {
      if (status !== 201) return;
      linkBlob(replica.store, repository, digest);
      if (habitsNow(replica).namesBlobs) await nameBlob(replica, digest);
    });
  } finally {
    unlock(replica.store, digest, upload);
  }
}

function answerMount(
  request: IncomingMessage,
  response: ServerResponse,
  repository: string,
  digest: string,
): void {
  response.writeHead(201, {
    Location: `https://${request.headers.host}/v2/${repository}/blobs/${digest}`,
    'Docker-Content-Digest': digest,
    'Docker-Distribution-Api-Version': 'registry/2.0',
    'Content-Length': 0,
  });
  response.end();
}
