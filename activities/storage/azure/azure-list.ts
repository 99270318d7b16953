// Listings of a container of Azure, in byte order. The service starts them where it is asked to (startFrom); one that
// does not is listened to from its start.

import type { BlobItem } from '@azure/storage-blob';
import type { AzureCall } from './azure-client.ts';
import { compareKeys } from '../byte-order.ts';
import { believedDigest, type Seal } from '../bytes/kept-digest.ts';
import { inByteOrder, startBefore } from '../bytes/listed-order.ts';
import type { KnownDigests, Storage, StoredObject } from '../storage.ts';

type Options = Parameters<Storage['list']>[0] & {
  root: string;
  describe: string;
  seal: () => Promise<Seal>;
};

export function listAzure(call: AzureCall, options: Options): AsyncIterable<StoredObject> {
  return inByteOrder(pages(call, options), options.describe);
}

async function* pages(
  call: AzureCall,
  { root, prefix = '', after = '', signal, seal: currentSeal }: Options,
): AsyncGenerator<StoredObject> {
  let continuationToken: string | undefined;
  do {
    // A listing of its own for each page: one that failed in the middle would seem to be at its end.
    const page = await call({ action: 'list', signal }, async (container, abortSignal) => {
      const listing = container.listBlobsFlat({
        prefix: root + prefix,
        includeMetadata: true,
        ...(after !== '' && { startFrom: root + startBefore(after) }),
        abortSignal,
      });
      const token = continuationToken === undefined ? {} : { continuationToken };
      return (await listing.byPage(token)[Symbol.asyncIterator]().next()).value;
    });
    const seal = await currentSeal();
    for (const blob of page?.segment.blobItems ?? []) {
      const object = objectOf(blob, root, seal);
      if (object !== undefined && (after === '' || compareKeys(object.key, after) > 0)) yield object;
    }
    continuationToken = page?.continuationToken || undefined;
  } while (continuationToken !== undefined);
}

function objectOf(blob: BlobItem, root: string, seal: Seal): StoredObject | undefined {
  // Folders of accounts with a hierarchy, and how some tools mark one.
  const size = blob.properties.contentLength ?? 0;
  if (size === 0 && (blob.name.endsWith('/') || blob.metadata?.['hdi_isfolder'] === 'true')) return undefined;
  return {
    key: blob.name.slice(root.length),
    size,
    ...azureDigests(blob.properties.contentMD5, blob.metadata, seal),
  };
}

/** What the service knows of a blob. Blobs that were appended to have no MD5. */
export function azureDigests(
  contentMD5: Uint8Array | undefined,
  metadata: Record<string, string> | undefined,
  seal: Seal,
): KnownDigests {
  if (contentMD5 === undefined || contentMD5.length === 0) return {};
  const md5 = Buffer.from(contentMD5).toString('hex');
  const sha256 = believedDigest(metadata, [`md5=${md5}`], seal);
  return { md5, ...(sha256 !== undefined && { sha256 }) };
}
