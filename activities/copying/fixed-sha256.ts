// The digest that an object must have because of its key.

import { createHash } from 'node:crypto';
import { fixedContent } from '../../domain/storage/content-address.ts';

/** Lower-case hex, of every object whose content is fixed by its key; undefined: the key does not tell. */
export function fixedSha256(key: string): string | undefined {
  const fixed = fixedContent(key);
  if (fixed === undefined) return undefined;
  return 'sha256' in fixed ? fixed.sha256 : sha256OfBuffer(Buffer.from(fixed.content));
}

/** Lower-case hex. */
export const sha256OfBuffer = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
