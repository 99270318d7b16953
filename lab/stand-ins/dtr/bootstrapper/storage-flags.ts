// Reads the flags that name a storage (dtr-msr.md §1.3).

import { DEFAULT_OPTIONS, LOCAL_STORAGE } from '../settings.ts';
import type { StorageTarget } from '../settings.ts';
import type { Values } from './parse.ts';
import { Fatal } from './run.ts';

/** The storage that the flags name; undefined where they name none. `--nfs-storage-url ""` goes back to local volumes. */
export function storageOfFlags(values: Values): StorageTarget | undefined {
  const url = values.text('nfs-storage-url');
  const volume = values.text('dtr-storage-volume');
  if (url === undefined && (values.text('nfs-options') !== undefined || values.isOn('async-nfs')))
    throw new Fatal('--async-nfs and --nfs-options need an explicit --nfs-storage-url');
  if (url !== undefined && url !== '') {
    if (volume !== undefined)
      throw new Fatal('--nfs-storage-url and --dtr-storage-volume exclude each other');
    const [, host, path] = /^nfs:\/\/([^/]+)(\/.*)$/.exec(url) ?? [];
    if (host === undefined || path === undefined)
      throw new Fatal(`Invalid NFS storage URL "${url}": nfs://<ip|host>/<mountpoint> is needed`);
    return { driver: 'filesystem', volume: '', nfsHost: host, nfsPath: path, options: DEFAULT_OPTIONS };
  }
  if (volume !== undefined) return { ...LOCAL_STORAGE, volume };
  return url === '' ? LOCAL_STORAGE : undefined;
}
