// The headers in which S3 servers are told digests and tell them, and the form that digests have there.

import type { Received } from './receive.ts';

/** The server checks it, keeps it and shows it again. */
export const CHECKSUM = 'x-amz-checksum-sha256';
/** Instead of the digest of the body, where the signature says nothing of it. */
export const UNSIGNED = 'UNSIGNED-PAYLOAD';
/** With these headers the server tells the digests that it keeps. */
export const TELLING = { 'x-amz-checksum-mode': 'ENABLED' };

export const hexToBase64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');
export const base64ToHex = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');

/** Lower-case hex, of the whole object. Of one that came in parts, some servers show `<digest of digests>-<parts>`. */
export function sha256Of(headers: Received['headers']): string | undefined {
  const base64 = headers[CHECKSUM];
  if (base64 === undefined || base64.includes('-') || headers['x-amz-checksum-type'] === 'COMPOSITE') {
    return undefined;
  }
  return base64ToHex(base64);
}
