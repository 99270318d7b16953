// Blobs under names of DTR's own (dtr-msr.md §5.1): `blobs/id/<xx>/<id>/data`, where only the metadata store knows whose bytes an
// id has. Distribution takes a blob in as always; before the push is acknowledged it is put under its id, and served from there.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { BLOBS, hexOf } from './blob-layout.ts';
import type { Replica } from './replica-context.ts';
import type { Store } from './store.ts';

const ROOT = 'docker/registry/v2/blobs/id/';

/** Nothing happens where the storage keeps no names. */
export async function nameBlob({ store, blobs }: Replica, digest: string): Promise<void> {
  const { storage } = blobs.current();
  const to = keyOf(store, digest);
  const hex = hexOf(digest);
  if (storage.named === undefined || to === undefined) return;
  await storage.named.move(`${BLOBS}${hex.slice(0, 2)}/${hex}/data`, to);
  // What Distribution has made for it beside the bytes
  await storage.remove([digest]);
}

/** False where the blob is not under an id. */
export async function serveNamedBlob(
  { store, blobs }: Replica,
  request: IncomingMessage,
  response: ServerResponse,
  digest: string,
): Promise<boolean> {
  const key = keyOf(store, digest);
  const bytes = key === undefined ? undefined : await blobs.current().storage.named?.read(key);
  if (bytes === undefined) return false;
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const last = Math.min(bytes.length - 1, to === undefined || to === '' ? Infinity : Number(to));
  const body = from === undefined ? bytes : bytes.subarray(Number(from), last + 1);
  response.writeHead(from === undefined ? 200 : 206, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': body.length,
    'Docker-Content-Digest': digest,
    'Docker-Distribution-Api-Version': 'registry/2.0',
    ...(from === undefined ? {} : { 'Content-Range': `bytes ${from}-${last}/${bytes.length}` }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
  return true;
}

function keyOf(store: Store, digest: string): string | undefined {
  const row = store.get('SELECT id FROM blobs WHERE sha256sum = ?', digest) as { id: string } | undefined;
  return row && `${ROOT}${row.id.slice(0, 2)}/${row.id}/data`;
}
