// Azure and Google know MD5 or CRC32C of an object, never its SHA-256. Ours is kept as metadata of the object, bound
// to the checksum that the service has of the very bytes that it was hashed from: whoever replaces the bytes replaces
// the metadata or the checksum, and then it is believed no more. It is sealed with the storage's own secret, because
// whoever may write there can write metadata, too; after that secret is changed, or without one, it is not believed.

import { createHmac, timingSafeEqual } from 'node:crypto';

/** Lower-case letters alone, which both services keep as they are. */
const SHA256 = 'transshipsha256';
const BOUND_TO = 'transshipboundto';
const SEAL = 'transshipseal';

/** Of a text: what only those who know the secret can make of it. undefined: there is no secret. */
export type Seal = ((text: string) => string) | undefined;

/** Not the secret itself, which is also used for requests: something that is good for this alone. */
export const sealWith = (secret: string): NonNullable<Seal> => {
  const key = createHmac('sha256', secret).update('transship: digests kept as metadata').digest();
  return (text) => createHmac('sha256', key).update(text).digest('hex');
};

/** `checksum`: as the service shows it, with its name, e.g. `md5=…`. */
export function keptDigest(sha256: string, checksum: string, seal: Seal): Record<string, string> {
  if (seal === undefined) return {};
  return { [SHA256]: sha256, [BOUND_TO]: checksum, [SEAL]: seal(`${sha256} ${checksum}`) };
}

/** Lower-case hex; undefined: none is kept, the object has other bytes by now, or somebody else wrote it. */
export function believedDigest(
  metadata: Record<string, string> | undefined,
  checksums: (string | undefined)[],
  seal: Seal,
): string | undefined {
  const { [SHA256]: sha256, [BOUND_TO]: bound, [SEAL]: sealed } = metadata ?? {};
  if (seal === undefined || sha256 === undefined || bound === undefined || sealed === undefined)
    return undefined;
  if (!checksums.includes(bound)) return undefined;
  const [is, should] = [sealed, seal(`${sha256} ${bound}`)].map((text) => Buffer.from(text)) as [
    Buffer,
    Buffer,
  ];
  return is.length === should.length && timingSafeEqual(is, should) ? sha256 : undefined;
}
