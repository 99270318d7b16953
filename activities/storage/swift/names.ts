// Where the registry's own swift driver (Distribution 2.8, registry/storage/driver/swift) puts things in its container:
// objects under `<prefix>/files/<key>`, the segments of large ones under `<prefix>/segments/<3>/<rest>/<number>`, so
// that a listing of keys never meets a segment.

import { createHash } from 'node:crypto';

export type Names = {
  /** Before every key. */
  readonly files: string;
  /** Before every path of segments. */
  readonly segments: string;
};

/** Digits of a segment's number in its name. */
const NUMBER_DIGITS = 16;
/** The driver splits a path of segments after so many characters. */
const FOLDER_DIGITS = 3;

export function namesOf(prefix: string): Names {
  const below = (folder: string): string => `${prefix}/${folder}/`.replace(/^\/+/, '');
  return { files: below('files'), segments: below('segments') };
}

/**
 * The path of the segments of one upload to an object. It tells which object it was made for, so that its segments can
 * be removed with that object without a look at all others. `upload` has a fixed length: Swift takes everything that
 * begins with the path for a segment.
 */
export function segmentsPath(names: Names, object: string, upload: string): string {
  const path = `${sha256(object)}-${sha256(upload)}`;
  return `${names.segments}${path.slice(0, FOLDER_DIGITS)}/${path.slice(FOLDER_DIGITS)}`;
}

/** Was the path made by `segmentsPath` for this object? */
export function isOwnPath(names: Names, object: string, path: string): boolean {
  const own = segmentsPath(names, object, '');
  return path.length === own.length && path.startsWith(own.slice(0, own.lastIndexOf('-') + 1));
}

/** Numbers begin at 1. */
export const segmentName = (path: string, number: number): string =>
  `${path}/${String(number).padStart(NUMBER_DIGITS, '0')}`;

/** Of a path of requests and of a header that holds one. */
export const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
