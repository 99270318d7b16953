// Where the segments of a new object go: where those of an earlier attempt at it are, but never to those of the object
// that is there now, so that this one stays whole whatever becomes of the new one.

import { randomUUID } from 'node:crypto';
import type { UploadState, WriteRequest } from '../storage.ts';
import type { Described } from './large-objects.ts';
import { isOwnPath, type Names, segmentsPath } from './names.ts';
import type { Segments } from './write-segments.ts';

export type Placing = {
  /** What is there. */
  old: Described | undefined;
  resume: UploadState | undefined;
  chunkBytes: number;
  maxSegments: number;
};

export function placeSegments(
  names: Names,
  { object, key }: { object: string; key: string },
  { size, sha256 }: WriteRequest,
  { old, resume, chunkBytes, maxSegments }: Placing,
): Segments {
  const used = old?.manifest?.kind === 'dlo' ? old.manifest.path : undefined;
  const place = { object, key, isResumable: true };
  if (
    resume !== undefined &&
    resume.upload !== used &&
    isOwnPath(names, object, resume.upload) &&
    Math.ceil(size / resume.partBytes) <= maxSegments
  ) {
    return { ...place, path: resume.upload, partBytes: resume.partBytes };
  }
  const partBytes = Math.max(chunkBytes, Math.ceil(size / maxSegments));
  // An upload of the same bytes finds its segments again, also when nobody remembers it.
  const bytes = sha256 ?? randomUUID();
  const [path = '', otherPath = ''] = ['one', 'other'].map((turn) =>
    segmentsPath(names, object, JSON.stringify([bytes, size, partBytes, turn])),
  );
  return { ...place, path: path === used ? otherPath : path, partBytes };
}
