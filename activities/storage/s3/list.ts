// Listings: the next page is on its way while one is consumed, and a server whose pages repeat or go back is found out.

import {
  ListObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import { TransshipError } from '../../../domain/transship-error.ts';
import { compareKeys } from '../byte-order.ts';
import type { Storage } from '../storage.ts';
import { abortedBy, ask } from './connection.ts';
import type { S3Context } from './context.ts';

/** `token`: how to go on after a page without objects, which may come before the last. */
type Page = { objects: { key: string; size: number }[]; more: boolean; token: string | undefined };
/** How servers refuse a version that they do not know; anything else says nothing about it. */
const UNKNOWN_VERSION_CODES = new Set([
  'NotImplemented',
  'MethodNotAllowed',
  'InvalidArgument',
  'InvalidRequest',
]);

/** Keys and sizes alone: an ETag is no digest of objects that came in parts or are encrypted, and does not tell which are. */
export async function* listObjects(
  context: S3Context,
  { prefix = '', after, signal }: Parameters<Storage['list']>[0],
): ReturnType<Storage['list']> {
  const pages = new Pages(context, context.root + prefix, signal);
  let last = after === undefined || after === '' ? undefined : context.root + after;
  let token: string | undefined;
  let coming: Promise<Page> | undefined = pages.after(last, token);
  while (coming !== undefined) {
    const page: Page = await coming;
    const end = page.objects.at(-1)?.key;
    if (page.more && end === undefined && (page.token === undefined || page.token === token)) {
      throw wentWrong(context, 'an empty page is said not to be the last');
    }
    token = end === undefined ? page.token : undefined;
    coming = page.more ? pages.after(end ?? last, token) : undefined;
    // Awaited in its turn; until then its failure is no unhandled one.
    coming?.catch(() => undefined);
    for (const { key, size } of page.objects) {
      if (last !== undefined && compareKeys(key, last) <= 0) {
        throw wentWrong(context, `${key} came after ${last}`);
      }
      last = key;
      // An empty object of a key that ends in `/` is how some tools mark a folder.
      if (!key.endsWith('/') || size > 0) yield { key: key.slice(context.root.length), size };
    }
  }
}

const wentWrong = (context: S3Context, what: string): TransshipError =>
  new TransshipError('StorageUnavailable', `${context.describe}: the listing is not in order: ${what}`, {
    action: 'list',
  });

class Pages {
  readonly #context: S3Context;
  readonly #prefix: string;
  readonly #signal: AbortSignal | undefined;

  constructor(context: S3Context, prefix: string, signal: AbortSignal | undefined) {
    this.#context = context;
    this.#prefix = prefix;
    this.#signal = signal;
  }

  /** Goes by the last key where it can, instead of by tokens, which some servers forget or garble. */
  async after(key: string | undefined, token: string | undefined): Promise<Page> {
    const context = this.#context;
    const request = {
      Bucket: context.bucket,
      Prefix: this.#prefix,
      // XML cannot carry every character that a key can.
      EncodingType: 'url' as const,
    };
    const send = <T>(work: () => Promise<T>): Promise<T> =>
      ask(context, { action: 'list', signal: this.#signal }, work);
    if (context.capabilities.listsVersion2) {
      const from = token === undefined ? { StartAfter: key } : { ContinuationToken: token };
      const command = new ListObjectsV2Command({ ...request, ...from });
      const page = await send(() =>
        context.client.send(command, abortedBy(this.#signal)).catch((error: unknown) => {
          if (UNKNOWN_VERSION_CODES.has((error as Error).name)) return undefined;
          throw error;
        }),
      );
      // A server that does not know version 2 may answer as to version 1, and begins from the start every time.
      if (page !== undefined) {
        const found = pageOf(context, page, page.NextContinuationToken);
        if (page.KeyCount !== undefined) return found;
      }
    }
    const command = new ListObjectsCommand({ ...request, Marker: token ?? key });
    const page = await send(() => context.client.send(command, abortedBy(this.#signal)));
    const found = pageOf(context, page, page.NextMarker);
    context.capabilities.listsVersion2 = false;
    return found;
  }
}

function decoded(context: S3Context, key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    throw new TransshipError('UnsafeKey', `${context.describe}: a name is no UTF-8: ${key}`, { key });
  }
}

function pageOf(
  context: S3Context,
  page: Pick<ListObjectsV2CommandOutput, 'Contents' | 'EncodingType' | 'IsTruncated'>,
  token: string | undefined,
): Page {
  // A page of some load balancer would be read as a listing of nothing.
  if (page.IsTruncated === undefined) throw wentWrong(context, 'the answer is none of an S3 server');
  const objects = (page.Contents ?? []).map(({ Key = '', Size = 0 }) => ({
    key: page.EncodingType === 'url' ? decoded(context, Key) : Key,
    size: Size,
  }));
  return { objects, more: page.IsTruncated, token };
}
