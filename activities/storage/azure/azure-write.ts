// Writes block blobs so that the service checks every byte: each request carries the MD5 of its body, which the
// service compares before it stores anything. A blob in blocks appears only with the list of its blocks, which is sent
// once the digest of the whole is known to be right. Blocks that are never listed are dropped by the service after a
// week and are in no listing.
//
// The id of a block is its place and its MD5, so a block that lies there under the right id is the right block,
// whoever sent it: an upload goes on from whatever the service has, also with no memory of its own.

import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { BlockBlobClient } from '@azure/storage-blob';
import { keptDigest, type Seal } from '../bytes/kept-digest.ts';
import { inParts, inPieces, wholeBody, type Digests } from '../bytes/pieces.ts';
import type { Storage, UploadState, WriteInPartsOptions, WriteOptions, WriteRequest } from '../storage.ts';

/** Bodies up to this size go in one request. */
const PUT_BYTES = 4 * 1024 * 1024;
const BLOCK_BYTES = 8 * 1024 * 1024;
/** https://learn.microsoft.com/rest/api/storageservices/put-block: blocks of one blob, and bytes that we hold of one. */
const MAX_BLOCKS = 50_000;
const MAX_BLOCK_BYTES = 96 * 1024 * 1024;
const PART_BYTES = 16 * 1024 * 1024;
const PARTS_AT_ONCE = 4;

export const AZURE_LIMITS = { object: MAX_BLOCKS * MAX_BLOCK_BYTES, parts: 64 * 1024 * 1024 };

type Target = {
  key: string;
  seal: () => Promise<Seal>;
  /** Makes a request, tries it again and translates its errors. */
  send: <T>(request: (blob: BlockBlobClient, abortSignal: AbortSignal) => Promise<T>) => Promise<T>;
};

/** Lower-case hex SHA-256 of what was written. */
export async function writeAzureBlob(
  { key, seal, send }: Target,
  body: Readable | Buffer,
  request: WriteRequest,
  options: WriteOptions,
): Promise<string> {
  if (request.size <= PUT_BYTES) {
    const { bytes, sha256, md5 } = await wholeBody(key, body, request, options.signal);
    const properties = propertiesOf({ sha256, md5 }, await seal());
    await send((blob, abortSignal) => blob.upload(bytes, bytes.length, { ...properties, abortSignal }));
    return sha256;
  }
  const ids: string[] = [];
  const pieceBytes = blockBytesOf(request.size, BLOCK_BYTES);
  const digests = await inPieces(key, body, request, { ...options, pieceBytes }, async (piece) => {
    const md5 = createHash('md5').update(piece).digest('hex');
    const id = blockId(ids.length, md5);
    ids.push(id);
    await send((blob, abortSignal) =>
      blob.stageBlock(id, piece, piece.length, {
        transactionalContentMD5: Buffer.from(md5, 'hex'),
        abortSignal,
      }),
    );
    options.moved?.();
  });
  const properties = propertiesOf(digests, await seal());
  await send((blob, abortSignal) => blob.commitBlockList(ids, { ...properties, abortSignal }));
  return digests.sha256;
}

/** As `writeAzureBlob`; blocks that an earlier attempt sent are read and hashed again, but not sent. */
export async function writeAzureParts(
  { key, seal, send }: Target,
  read: Parameters<NonNullable<Storage['writeInParts']>>[1],
  request: WriteRequest,
  options: WriteInPartsOptions,
): Promise<string> {
  const partBytes = options.resume?.partBytes ?? blockBytesOf(request.size, PART_BYTES);
  // The ids of the blocks say everything; the state only keeps the size of the parts.
  const state: UploadState = { upload: 'blocks', partBytes };
  const there = await send((blob, abortSignal) => stagedBlocks(blob, abortSignal));
  options.begun?.(state);
  const { sha256, md5, parts } = await inParts(
    key,
    read,
    request,
    { ...options, partBytes, partsAtOnce: PARTS_AT_ONCE },
    {
      isThere: (part) => there.get(blockId(part.index, part.md5)) === part.bytes.length,
      send: async (part) => {
        await send((blob, abortSignal) =>
          blob.stageBlock(blockId(part.index, part.md5), part.bytes, part.bytes.length, {
            transactionalContentMD5: Buffer.from(part.md5, 'hex'),
            abortSignal,
          }),
        );
      },
    },
  );
  const ids = parts.map((part) => blockId(part.index, part.md5));
  const properties = propertiesOf({ sha256, md5 }, await seal());
  await send((blob, abortSignal) => blob.commitBlockList(ids, { ...properties, abortSignal }));
  return sha256;
}

/** What the blob tells of itself: shown in listings, and lost with the bytes. */
export const propertiesOf = ({ sha256, md5 }: Digests, seal: Seal) => ({
  blobHTTPHeaders: { blobContentMD5: Buffer.from(md5, 'hex'), blobContentType: 'application/octet-stream' },
  metadata: keptDigest(sha256, `md5=${md5}`, seal),
});

/** Of the same length for all blocks, as the service wants it. */
export const blockId = (index: number, md5: string): string =>
  Buffer.from(`${String(index).padStart(5, '0')}-${md5}`).toString('base64');

/** Bytes of each block that is not listed yet. */
async function stagedBlocks(blob: BlockBlobClient, abortSignal: AbortSignal): Promise<Map<string, number>> {
  try {
    const { uncommittedBlocks = [] } = await blob.getBlockList('uncommitted', { abortSignal });
    return new Map(uncommittedBlocks.map(({ name, size }) => [name, size]));
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return new Map();
    throw error;
  }
}

const blockBytesOf = (size: number, wished: number): number => Math.max(wished, Math.ceil(size / MAX_BLOCKS));
