// The uploads in parts that a bucket holds, asked past the product.

import { ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3Access } from './s3-entry.ts';

export function clientOf(server: S3Access): S3Client {
  return new S3Client({
    region: server.region,
    endpoint: server.endpoint,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    credentials: { accessKeyId: server.accessKey, secretAccessKey: server.secretKey },
  });
}

export async function unfinishedUploads(server: S3Access, bucket: string): Promise<string[]> {
  const client = clientOf(server);
  try {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    return Uploads.map(({ Key = '' }) => Key);
  } finally {
    client.destroy();
  }
}
