// Blobs in a bucket, as Distribution's `s3` driver lays them out. Loaded only where a cluster keeps its blobs there,
// because the SDK takes longer to load than most of the stand-in's commands take to run.

import { Agent } from 'node:https';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  S3Client,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { BLOBS, blobKeys, hexOfKey, textOf } from './blob-layout.ts';
import type { BlobStorage } from './blob-layout.ts';

const S3_DELETE_LIMIT = 1000;

export function s3Storage(parameters: Record<string, unknown>): BlobStorage {
  const text = textOf(parameters);
  const Bucket = text('bucket');
  const folder = text('rootdirectory').replaceAll(/^\/+|\/+$/g, '');
  const root = folder === '' ? '' : `${folder}/`;
  const client = s3Client(text, parameters);
  return {
    section: { s3: parameters },
    probe: async () => {
      await client.send(new ListObjectsV2Command({ Bucket, Prefix: root, MaxKeys: 1 }));
    },
    async *list() {
      for await (const page of paginateListObjectsV2({ client }, { Bucket, Prefix: `${root}${BLOBS}` })) {
        for (const object of page.Contents ?? []) {
          const hex = hexOfKey(object.Key ?? '');
          if (hex !== undefined)
            yield { digest: `sha256:${hex}`, modifiedMs: object.LastModified?.getTime() ?? 0 };
        }
      }
    },
    named: {
      async move(from, to) {
        const CopySource = encodeURI(`${Bucket}/${root}${from}`);
        await client.send(new CopyObjectCommand({ Bucket, CopySource, Key: `${root}${to}` }));
        await client.send(new DeleteObjectCommand({ Bucket, Key: `${root}${from}` }));
      },
      async read(key) {
        try {
          const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: `${root}${key}` }));
          return Buffer.from(await Body!.transformToByteArray());
        } catch (error) {
          if (error instanceof NoSuchKey) return undefined;
          throw error;
        }
      },
    },
    async remove(digests) {
      const keys = blobKeys(digests);
      for (let from = 0; from < keys.length; from += S3_DELETE_LIMIT) {
        const Objects = keys.slice(from, from + S3_DELETE_LIMIT).map((key) => ({ Key: `${root}${key}` }));
        await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
      }
    },
  };
}

function s3Client(text: (name: string) => string, parameters: Record<string, unknown>): S3Client {
  const secure = parameters['secure'] !== false;
  const endpoint = text('regionendpoint');
  const keys = text('accesskey') !== '';
  return new S3Client({
    region: text('region'),
    ...(endpoint === ''
      ? {}
      : { endpoint: /^https?:/.test(endpoint) ? endpoint : `${secure ? 'https' : 'http'}://${endpoint}` }),
    forcePathStyle: endpoint !== '',
    ...(parameters['skipverify'] === true
      ? { requestHandler: { httpsAgent: new Agent({ rejectUnauthorized: false }) } }
      : {}),
    ...(keys ? { credentials: { accessKeyId: text('accesskey'), secretAccessKey: text('secretkey') } } : {}),
  });
}
