// The uploads in parts that a work list has in flight, as they stand in the heartbeats of its activity: an attempt that
// follows a killed one goes on with each where it stopped.

import type { UploadState } from '../storage/storage.ts';

export type Uploads = Record<string, UploadState>;

/** Heartbeats are small; of an upload that is not in them all parts are sent again. */
const MAX_UPLOADS = 8;
const MAX_UPLOAD_CHARACTERS = 2048;

/** Out of heartbeat details, which may be of another version, or none. */
export function uploadsOf(details: unknown): Map<string, UploadState> {
  const { uploads } = (details ?? {}) as { uploads?: unknown };
  if (typeof uploads !== 'object' || uploads === null) return new Map();
  return new Map(
    Object.entries(uploads).filter((entry): entry is [string, UploadState] => isState(entry[1])),
  );
}

export const forHeartbeat = (uploads: Map<string, UploadState>): Uploads =>
  Object.fromEntries(
    [...uploads].filter(([, { upload }]) => upload.length <= MAX_UPLOAD_CHARACTERS).slice(0, MAX_UPLOADS),
  );

function isState(value: unknown): boolean {
  const { upload, partBytes } = (value ?? {}) as Partial<UploadState>;
  return typeof upload === 'string' && typeof partBytes === 'number';
}
