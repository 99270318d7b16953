// Does a manifest have the digest that names it? Of all formats but one that is the digest of its bytes. A signed manifest of
// schema 1 is named by what was signed: its bytes without the signatures, as the signatures themselves say (libtrust).

import { createHash } from 'node:crypto';
import { z } from 'zod';

const signedShape = z.object({
  schemaVersion: z.literal(1),
  signatures: z.array(z.object({ protected: z.string() })).min(1),
});
const protectedShape = z.object({ formatLength: z.int().min(0), formatTail: z.string() });

export function matchesDigest(bytes: Buffer, digest: string): boolean {
  const hexOf = (content: Buffer): string | undefined => hashFor(digest)?.update(content).digest('hex');
  const wanted = digest.split(':')[1];
  if (hexOf(bytes) === wanted) return true;
  const signed = signedPart(bytes);
  return signed !== undefined && hexOf(signed) === wanted;
}

/** undefined: an algorithm that no registry of these uses. */
export function hashFor(digest: string): ReturnType<typeof createHash> | undefined {
  const algorithm = digest.split(':')[0]!;
  return ['sha256', 'sha512'].includes(algorithm) ? createHash(algorithm) : undefined;
}

/** undefined: it is no JSON. */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

function signedPart(bytes: Buffer): Buffer | undefined {
  const manifest = signedShape.safeParse(parseJson(bytes));
  if (!manifest.success) return undefined;
  const header = Buffer.from(manifest.data.signatures[0]!.protected, 'base64url');
  const format = protectedShape.safeParse(parseJson(header));
  if (!format.success) return undefined;
  const { formatLength, formatTail } = format.data;
  return Buffer.concat([bytes.subarray(0, formatLength), Buffer.from(formatTail, 'base64url')]);
}
