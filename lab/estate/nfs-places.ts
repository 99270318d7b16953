// NFS in the lab: two exports of a server that is none. Each is a folder of the lab; the hosts' commands (nfs-commands.ts)
// and the registry's volumes (stand-ins/dtr/volumes.ts) take it for an export.

import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabConfig } from './lab-config.ts';
import { writeNfsCommands } from '../servers/nfs-commands.ts';
import { type OpenedStorage, PLACES, type Place, PLACE_NAMES } from './places.ts';

const SERVER = '10.0.0.100';
const OPTIONS = 'rw,nfsvers=4,async';

const urlOf = (place: Place): string => `nfs://${SERVER}/export/${PLACE_NAMES[place]}`;

export async function openNfsPlaces(dir: string, lab: LabConfig): Promise<OpenedStorage> {
  const folderOf = (place: Place): string => join(dir, 'nfs', SERVER, 'export', PLACE_NAMES[place]);
  for (const place of PLACES) await mkdir(folderOf(place), { recursive: true });
  for (const node of lab.nodes) await writeNfsCommands(dir, node.name);
  return {
    entry: (place) => ({
      kind: 'host',
      host: lab.nodes[0]?.name ?? '',
      nfs: { url: urlOf(place), options: OPTIONS },
    }),
    flags: (place) => ['--nfs-storage-url', urlOf(place), '--nfs-options', OPTIONS],
    clear: async (place) => {
      for (const name of await readdir(folderOf(place)))
        await rm(join(folderOf(place), name), { recursive: true, force: true });
    },
  };
}
