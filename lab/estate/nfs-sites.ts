// NFS in the lab: two exports of a server that is none. Each is a folder of the lab; the hosts' commands (nfs-commands.ts)
// and the registry's volumes (stand-ins/dtr/volumes.ts) take it for an export.

import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabConfig } from './lab-config.ts';
import { writeNfsCommands } from '../servers/nfs-commands.ts';
import { type OpenedStorage, SITES, type LabSite, SITE_NAMES } from './sites.ts';

const SERVER = '10.0.0.100';
const OPTIONS = 'rw,nfsvers=4,async';

const urlOf = (site: LabSite): string => `nfs://${SERVER}/export/${SITE_NAMES[site]}`;

export async function openNfsSites(dir: string, lab: LabConfig): Promise<OpenedStorage> {
  const folderOf = (site: LabSite): string => join(dir, 'nfs', SERVER, 'export', SITE_NAMES[site]);
  for (const site of SITES) await mkdir(folderOf(site), { recursive: true });
  for (const node of lab.nodes) await writeNfsCommands(dir, node.name);
  return {
    entry: (site) => ({
      kind: 'host',
      host: lab.nodes[0]?.name ?? '',
      nfs: { url: urlOf(site), options: OPTIONS },
    }),
    flags: (site) => ['--nfs-storage-url', urlOf(site), '--nfs-options', OPTIONS],
    folder: folderOf,
    clear: async (site) => {
      for (const name of await readdir(folderOf(site)))
        await rm(join(folderOf(site), name), { recursive: true, force: true });
    },
  };
}
