// The digest of bytes, in hexadecimal, as keys, listings and answers of storages have it.

import { hash } from 'node:crypto';

export const sha256 = (bytes: Uint8Array | string): string => hash('sha256', bytes);
