// Manifests and tags of the registry API v2. They are in the metadata store alone: whoever loses that, loses them.

import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { writeManifestFiles } from './classic-files.ts';
import { deleteManifest, getManifest, getTag, putManifest } from './images.ts';
import { parseManifest, referencesOf } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { sendError, sendJson } from './registry-errors.ts';
import { forward } from './registry-proxy.ts';
import type { Replica } from './replica-context.ts';

const MANIFEST_LIMIT_BYTES = 4 * 1024 * 1024;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const TAG = /^[\w][\w.-]{0,127}$/;

export async function handleManifest(
  replica: Replica,
  request: IncomingMessage,
  response: ServerResponse,
  repository: string,
  reference: string,
  account: string,
): Promise<void> {
  const isWrite = request.method === 'PUT' || request.method === 'DELETE';
  const lease = replica.blobs.current();
  // Distribution's own refusal, so that it is the same for manifests as for blobs.
  if (isWrite && lease.readOnly)
    return forward(request, response, { lease, path: `manifests/${reference}`, repository, isWrite: false });
  if (request.method === 'PUT')
    return acceptManifest(replica, request, response, repository, reference, account);
  if (request.method === 'DELETE') {
    if (DIGEST.test(reference) && deleteManifest(replica.store, repository, reference))
      return sendJson(response, 202, {});
    return sendError(response, 404, 'MANIFEST_UNKNOWN', 'manifest unknown');
  }
  serveManifest(replica, request, response, repository, reference);
}

function serveManifest(
  replica: Replica,
  request: IncomingMessage,
  response: ServerResponse,
  repository: string,
  reference: string,
): void {
  const digest = DIGEST.test(reference) ? reference : getTag(replica.store, repository, reference)?.digest;
  const manifest = digest === undefined ? undefined : getManifest(replica.store, repository, digest);
  if (manifest === undefined) {
    const detail = DIGEST.test(reference) ? { Name: repository, Revision: reference } : { Tag: reference };
    return sendError(response, 404, 'MANIFEST_UNKNOWN', 'manifest unknown', detail);
  }
  response.writeHead(200, {
    'Content-Type': manifest.media_type,
    'Content-Length': manifest.payload.byteLength,
    'Docker-Content-Digest': manifest.digest,
    'Docker-Distribution-Api-Version': 'registry/2.0',
    Etag: `"${manifest.digest}"`,
  });
  response.end(request.method === 'HEAD' ? undefined : manifest.payload);
}

async function acceptManifest(
  replica: Replica,
  request: IncomingMessage,
  response: ServerResponse,
  repository: string,
  reference: string,
  account: string,
): Promise<void> {
  const payload = await readBody(request);
  if (payload === undefined) return sendError(response, 413, 'SIZE_INVALID', 'manifest is larger than 4 MiB');
  // The registry may have become read-only while the body arrived; from here on nothing waits until the commit.
  if (replica.blobs.current().readOnly)
    return sendError(response, 503, 'UNAVAILABLE', 'the registry is being reconfigured');
  const digest = `sha256:${createHash('sha256').update(payload).digest('hex')}`;
  if (DIGEST.test(reference) && reference !== digest)
    return sendError(response, 400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
  if (!DIGEST.test(reference) && !TAG.test(reference))
    return sendError(response, 400, 'TAG_INVALID', 'manifest tag did not match URI');
  let manifest: Manifest;
  try {
    manifest = parseManifest(payload, request.headers['content-type'] ?? '');
  } catch (error) {
    return sendError(response, 400, 'MANIFEST_INVALID', 'manifest invalid', String(error));
  }
  const missing = putManifest(replica.store, {
    repository,
    digest,
    mediaType: manifest.mediaType,
    payload,
    references: referencesOf(manifest),
    tag: DIGEST.test(reference) ? undefined : reference,
    author: account,
  });
  if (missing.length > 0) {
    const errors = missing.map(({ kind, digest }) =>
      kind === 'blob'
        ? { code: 'MANIFEST_BLOB_UNKNOWN', message: 'blob unknown to registry', detail: { digest } }
        : { code: 'MANIFEST_UNKNOWN', message: 'manifest unknown', detail: { digest } },
    );
    return sendJson(response, 400, { errors });
  }
  const tag = DIGEST.test(reference) ? undefined : reference;
  if (replica.version.mode === 'classic')
    await writeManifestFiles(replica, { repository, digest, payload, tag });
  response.writeHead(201, {
    Location: `https://${request.headers.host}/v2/${repository}/manifests/${digest}`,
    'Docker-Content-Digest': digest,
    'Docker-Distribution-Api-Version': 'registry/2.0',
    'Content-Length': 0,
  });
  response.end();
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > MANIFEST_LIMIT_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
