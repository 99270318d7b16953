// Where a storage of kind `host` lies: a folder, a Docker volume or an NFS export, and a folder below it.

import { join } from 'node:path/posix';
import type { HostStorageEntry } from '../../../contracts/inventory.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { RemoteHost } from '../../hosts/remote-host.ts';
import { openHostStorage } from './host.ts';
import { type NfsExport, mountExport } from './nfs-mount.ts';
import type { Storage } from '../storage.ts';

/** After so long without a look an export may have been unmounted, e.g. because its host was started again. */
const LOOK_AGAIN_MS = 30_000;
/** What documents call the volume of an export, and what DTR really does (dtr-msr.md §5.2). */
const NFS_VOLUME = /^(dtr-nfs-registry|dtr-registry-nfs)-([0-9a-f]{12})$/;
const OTHER_SPELLING: Record<string, string> = {
  'dtr-nfs-registry': 'dtr-registry-nfs',
  'dtr-registry-nfs': 'dtr-nfs-registry',
};

/** The directory, volume or export of the entry, as this host has it. */
export async function openOnHost(name: string, entry: HostStorageEntry, host: RemoteHost): Promise<Storage> {
  const below = (root: string): string =>
    entry.subdirectory === undefined ? root : join(root, entry.subdirectory);
  const onExport = async (nfs: NfsExport): Promise<Storage> => {
    const root = await mountExport(host, nfs);
    return openHostStorage(keepingMounted(host, nfs), below(root), entry.links);
  };
  if (entry.path !== undefined) return openHostStorage(host, below(entry.path), entry.links);
  if (entry.nfs !== undefined) return await onExport(entry.nfs);
  if (entry.volume === undefined) {
    throw new TransshipError('InvalidInput', `storage ${name} names neither a path, a volume nor an export`);
  }
  const volume = await findVolume(host, entry.volume);
  const nfs = exportOf(volume);
  return nfs === undefined
    ? openHostStorage(host, below(volume.Mountpoint), entry.links)
    : await onExport(nfs);
}

/** Docker's own rule. What begins with a dash would be an option of ours to it. */
const VOLUME = /^[A-Za-z0-9][A-Za-z0-9_.-]+$/;

type Volume = { Mountpoint: string; Options?: Record<string, string> | null };

async function findVolume(host: RemoteHost, name: string): Promise<Volume> {
  if (!VOLUME.test(name))
    throw new TransshipError('InvalidInput', `${JSON.stringify(name)} is no name of a Docker volume`);
  const [, spelling = '', replica] = NFS_VOLUME.exec(name) ?? [];
  const names = [name, ...(replica === undefined ? [] : [`${OTHER_SPELLING[spelling]}-${replica}`])];
  let problem = '';
  for (const tried of names) {
    const { status, stdout, stderr } = await host.run(['docker', 'volume', 'inspect', tried]);
    if (status === 0) return (JSON.parse(stdout) as [Volume])[0];
    if (!/no such volume/i.test(stderr)) {
      throw new TransshipError(
        'CommandFailed',
        `docker volume inspect on host ${host.name}: ${stderr.trim()}`,
        {
          host: host.name,
          status,
        },
      );
    }
    problem ||= stderr.trim();
  }
  throw new TransshipError(
    'InvalidInput',
    `host ${host.name} has no volume ${names.join(' or ')}: ${problem}`,
    {
      host: host.name,
    },
  );
}

/** Docker mounts such a volume only while a container uses it; at any other time its folder is empty. */
function exportOf({ Options }: Volume): NfsExport | undefined {
  if (Options?.['type'] !== 'nfs' && Options?.['type'] !== 'nfs4') return undefined;
  const options = (Options['o'] ?? '').split(',').filter((option) => option !== '');
  const device = Options['device'] ?? '';
  const [, ofDevice = '', path = ''] = /^(.*?):(\/.*)$/.exec(device) ?? [];
  const address = options.find((option) => option.startsWith('addr='))?.slice('addr='.length);
  const others = options.filter((option) => !option.startsWith('addr='));
  if (Options['type'] === 'nfs4' && !others.some((option) => /^(nfs)?vers=/.test(option)))
    others.push('vers=4');
  return {
    url: `nfs://${ofDevice || address}${path}`,
    ...(others.length > 0 && { options: others.join(',') }),
  };
}

/** The host, which looks every now and then whether the export is mounted, and mounts it again. */
function keepingMounted(host: RemoteHost, nfs: NfsExport): RemoteHost {
  let lookedAt = Date.now();
  const look = async (): Promise<void> => {
    if (Date.now() - lookedAt < LOOK_AGAIN_MS) return;
    await mountExport(host, nfs);
    lookedAt = Date.now();
  };
  return {
    ...host,
    async run(argv, options) {
      await look();
      return await host.run(argv, options);
    },
    async stream(argv, options) {
      await look();
      return await host.stream(argv, options);
    },
  };
}
