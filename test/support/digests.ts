// The digests of bytes, in hexadecimal, as keys, listings and answers of storages have them.

import { hash } from 'node:crypto';

export const sha256 = (bytes: Uint8Array | string): string => hash('sha256', bytes);

export const md5 = (bytes: Uint8Array | string): string => hash('md5', bytes);
