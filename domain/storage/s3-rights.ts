// What a registry's S3 driver and a copy do with a bucket, by the names of Amazon's actions: the one list from which the
// policy is printed and whose entries the preflight tries. Distribution's own documents name these (dtr-msr.md §5.1);
// S1's example lacks the last two, without which large layers cannot be pushed, and grants what nobody needs.

import type { S3StorageEntry } from '../../contracts/inventory.ts';
import { partitionOf } from './s3-regions.ts';
import { withoutSlashes } from './slashes.ts';

const BUCKET_ACTIONS = ['s3:ListBucket', 's3:GetBucketLocation', 's3:ListBucketMultipartUploads'] as const;

const OBJECT_ACTIONS = [
  's3:GetObject',
  's3:PutObject',
  's3:DeleteObject',
  's3:AbortMultipartUpload',
  's3:ListMultipartUploadParts',
] as const;

export type S3Action = (typeof BUCKET_ACTIONS)[number] | (typeof OBJECT_ACTIONS)[number];

export type S3Policy = {
  Version: '2012-10-17';
  Statement: { Effect: 'Allow'; Action: S3Action[]; Resource: string }[];
};

/** For the user or role that a registry, and the workers, use this storage as. */
export function s3Policy({ bucket, region, rootdirectory }: S3StorageEntry): S3Policy {
  const folder = withoutSlashes(rootdirectory);
  const name = `arn:${partitionOf(region)}:s3:::${bucket}`;
  return {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: [...BUCKET_ACTIONS], Resource: name },
      {
        Effect: 'Allow',
        Action: [...OBJECT_ACTIONS],
        Resource: `${name}/${folder === '' ? '' : `${folder}/`}*`,
      },
    ],
  };
}
