// Removes many objects with few requests.

import { createHash } from 'node:crypto';
import { DeleteObjectsCommand } from '@aws-sdk/client-s3';
import { TransshipError } from '../../../domain/transship-error.ts';
import { abortedBy, ask } from './connection.ts';
import type { S3Context } from './context.ts';

const MAX_DELETE_KEYS = 1000;
const DISCARD_TIMEOUT_MS = 10_000;

export async function removeObjects(
  context: S3Context,
  keys: string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let start = 0; start < keys.length; start += MAX_DELETE_KEYS) {
    const some = keys.slice(start, start + MAX_DELETE_KEYS);
    const command = new DeleteObjectsCommand({
      Bucket: context.bucket,
      Delete: { Objects: some.map((key) => ({ Key: context.root + key })) },
    });
    addContentMd5(command);
    const answer = await ask(context, { action: 'remove', signal }, () =>
      context.client.send(command, abortedBy(signal)),
    );
    // Told one by one, so that what is no answer of an S3 server is not taken for a success.
    const told = (answer.Deleted?.length ?? 0) + (answer.Errors?.length ?? 0);
    if (told < new Set(some).size) {
      throw new TransshipError(
        'StorageUnavailable',
        `${context.describe}: the server tells of ${told} of the ${some.length} objects that it was to remove`,
        { action: 'remove' },
      );
    }
    const refused = (answer.Errors ?? []).filter(({ Code }) => Code !== 'NoSuchKey');
    if (refused[0] === undefined) continue;
    const { Key = '', Code = '', Message = '' } = refused[0];
    throw new TransshipError(
      Code === 'AccessDenied' ? 'AccessDenied' : 'StorageUnavailable',
      `${context.describe}: ${refused.length} objects were not removed, the first is ${Key}: ${Code}: ${Message}`,
      { action: 'remove', code: Code },
    );
  }
}

/**
 * Proves an object that stands at its key already. Without the proof it is removed, so that no later pass trusts it:
 * after a cancellation too, and as well as it goes, because why it was not proved is what matters.
 */
export async function provedOrRemoved<T>(
  context: S3Context,
  key: string,
  prove: () => Promise<T>,
): Promise<T> {
  try {
    return await prove();
  } catch (error) {
    await removeObjects(context, [key], AbortSignal.timeout(DISCARD_TIMEOUT_MS)).catch(() => undefined);
    throw error;
  }
}

/** The SDK sends a newer checksum; servers that do not know it (Swift's s3api) insist on this one, and no other minds. */
function addContentMd5(command: DeleteObjectsCommand): void {
  command.middlewareStack.add(
    (next) => (args) => {
      const { headers, body } = args.request as {
        headers: Record<string, string>;
        body: string | Uint8Array;
      };
      headers['content-md5'] = createHash('md5').update(body).digest('base64');
      return next(args);
    },
    { step: 'build', name: 'contentMd5' },
  );
}
