// A storage that writes down which of its objects were read.

import type { Storage } from '../../activities/storage/storage.ts';
import { altered } from '../copying/copying-rig.ts';

export function watched(real: Storage): { storage: Storage; reads: string[] } {
  const reads: string[] = [];
  const read =
    (method: 'read' | 'readLent') =>
    (key: string, options?: object): unknown => {
      reads.push(key);
      return (real[method] as (key: string, options?: object) => unknown)(key, options);
    };
  const storage = altered(real, {
    read: read('read'),
    ...(real.readLent && { readLent: read('readLent') }),
    readMany: (keys: string[], options?: object) => {
      reads.push(...keys);
      return real.readMany(keys, options);
    },
  });
  return { storage, reads };
}
