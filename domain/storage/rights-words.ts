// What whoever uses a storage must be permitted, in words: for the person who grants it. The registry and the workers do
// the same things with it. S3's rights have names, which domain/storage/s3-rights.ts lists.

import type { StorageEntry, StorageKind } from '../../contracts/inventory.ts';
import { withoutSlashes } from './slashes.ts';

type Words = {
  [Kind in StorageKind]: (entry: Extract<StorageEntry, { kind: Kind }>) => string[];
};

const WORDS: Words = {
  s3: ({ bucket, accesskey }) => [
    accesskey === undefined
      ? 'Attach the policy to the role that the machines of the registry and of the workers have.'
      : 'Attach the policy to the user whose access key the inventory refers to.',
    `S1's example lacks s3:AbortMultipartUpload and s3:ListMultipartUploadParts, without which large layers cannot be pushed, and grants s3:ListAllMyBuckets, which nothing needs.`,
    `Where the bucket ${bucket} encrypts with a key of KMS by default, also kms:GenerateDataKey and kms:Decrypt of that key.`,
  ],
  azure: ({ accountname, container }) => [
    `The registry's driver signs with a key of the account ${accountname}, which permits everything in it: keep an account for the registry alone.`,
    `The container ${container} must exist. It needs no public access; the account must allow access by shared key.`,
  ],
  gcs: ({ bucket, keyfile }) => [
    `The role Storage Object Admin (roles/storage.objectAdmin) on the bucket ${bucket}, or one with storage.objects.create, .delete, .get, .list and .update there.`,
    keyfile === undefined
      ? 'Grant it to the service account that the machines of the registry and of the workers run as.'
      : 'Grant it to the service account whose key file the inventory refers to.',
    'Links to content are signed with that key, so clients need no rights of their own.',
  ],
  swift: ({ container, username, tenant, tenantid }) => [
    `The user ${username} must read, list, write and delete in the container ${container}${
      tenant === undefined && tenantid === undefined ? '' : ` of the project ${tenant ?? tenantid}`
    }: a role that Swift takes for an operator (operator_roles, e.g. swiftoperator or member), or both of X-Container-Read (with .rlistings) and X-Container-Write.`,
    'The container must exist, or the user be an operator, who may make it. Segments of large objects lie in the same container.',
  ],
  host: (entry) => [
    `The user of the host ${entry.host} must read and write ${placeOf(entry)}, change the owner of what it writes there to that of the folder, and run docker or mount where a volume or an export is named: usually root.`,
  ],
  filesystem: ({ path }) => [
    `The user that the worker runs as must read and write ${path}, and change the owner of what it writes there to that of the folder.`,
  ],
};

export function rightsWords(entry: StorageEntry): string[] {
  const words = WORDS[entry.kind] as (entry: StorageEntry) => string[];
  return words(entry);
}

const placeOf = ({ path, volume, nfs, subdirectory }: Extract<StorageEntry, { kind: 'host' }>): string => {
  const place = path ?? nfs?.url ?? `the volume ${volume}`;
  const below = withoutSlashes(subdirectory);
  return below === '' ? place : `${below} in ${place}`;
};
