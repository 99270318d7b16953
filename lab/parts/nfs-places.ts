// NFS in the lab: two exports of a server that nobody can mount here, because the hosts are this machine. Each export is a
// folder that every host sees, and its volumes on the hosts are links to it (dtr/volumes.ts).

import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabConfig } from '../lab-config.ts';
import { type OpenedStorage, PLACES, type Place, PLACE_NAMES } from './places.ts';

const SERVER = '10.0.0.100';
const OPTIONS = 'rw,nfsvers=4,async';

export async function openNfsPlaces(dir: string, lab: LabConfig): Promise<OpenedStorage> {
  const folderOf = (place: Place): string => join(dir, 'nfs', SERVER, 'export', PLACE_NAMES[place]);
  for (const place of PLACES) await mkdir(folderOf(place), { recursive: true });
  const url = (place: Place): string => `nfs://${SERVER}/export/${PLACE_NAMES[place]}`;
  return {
    entry: (place) => ({
      kind: 'host',
      host: lab.nodes[0]?.name ?? '',
      nfs: { url: url(place), options: OPTIONS },
    }),
    flags: (place) => ['--nfs-storage-url', url(place), '--nfs-options', OPTIONS],
    clear: async (place) => {
      for (const name of await readdir(folderOf(place)))
        await rm(join(folderOf(place), name), { recursive: true, force: true });
    },
  };
}
