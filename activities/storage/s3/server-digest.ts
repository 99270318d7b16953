// What an S3 server tells of the bytes that it sends: a SHA-256 where it has one, else an ETag that mostly is an MD5.
// Keys of tags, and of blobs under `blobs/id`, do not tell their content, so nothing else can show that a body is
// another one than the server has.

import { fixedContent } from '../../../domain/storage/content-address.ts';
import type { ServerDigest } from '../bytes/expected-length.ts';
import { hashStream } from '../bytes/hash-thread.ts';
import { sha256Of } from './headers.ts';
import type { Received } from './receive.ts';

type Headers = Received['headers'];

/** What is asked for once more, when an ETag looks wrong. */
export type Again = {
  /** The whole object. */
  read: () => Promise<Received>;
  /** Bytes; undefined: there is no such object any more. */
  size: () => Promise<number | undefined>;
};

const MD5_ETAG = /^"?([0-9a-f]{32})"?$/;

/** What servers' ETags have shown to be, as long as the storage is open. */
export class Etags {
  /** `md5`: at least one was. `other`: before any was, one was not. */
  #are: 'unknown' | 'md5' | 'other' = 'unknown';

  /**
   * For the answer to a request for a whole object; undefined: it is not to be held against anything, because the
   * server tells nothing, or whoever reads the object knows its digest already.
   */
  serverDigest(key: string, headers: Headers, again: Again): ServerDigest | undefined {
    if (fixedContent(key) !== undefined) return undefined;
    const sha256 = sha256Of(headers);
    if (sha256 !== undefined) return { algorithm: 'sha256', digest: sha256 };
    const md5 =
      this.#are === 'other' || isEncrypted(headers) ? undefined : MD5_ETAG.exec(etagOf(headers))?.[1];
    if (md5 === undefined) return undefined;
    return {
      algorithm: 'md5',
      digest: md5,
      matched: () => {
        this.#are = 'md5';
      },
      isRight: async ({ digest, size }) => {
        // Some servers make ETags of something else. Then the same bytes come again, and as many as there are.
        const { headers: others, body } = await again.read();
        const hashing = hashStream(['md5']);
        for await (const chunk of body as AsyncIterable<Buffer>) await hashing.update(chunk);
        if ((await hashing.digests()).md5 !== digest || (await again.size()) !== size) return false;
        // One wrong header tells nothing of all others.
        if (this.#are === 'unknown' && etagOf(others) === etagOf(headers)) this.#are = 'other';
        return true;
      },
    };
  }
}

const etagOf = (headers: Headers): string => headers['etag'] ?? '';

/** By a key of AWS's own service or of the customer: then the ETag is no MD5 of what is read. */
function isEncrypted(headers: Headers): boolean {
  const { 'x-amz-server-side-encryption': by, 'x-amz-server-side-encryption-customer-algorithm': customer } =
    headers;
  return customer !== undefined || by?.startsWith('aws:') === true;
}
