// A Docker volume of an NFS export, where DTR is told of the export by a volume (S1 "manually create a storage volume on each
// MSR node"; dtr-msr.md §2.5). Its name says which export it is, so that two exports never share one, and it begins as no volume
// of DTR's does: those go when a replica is destroyed.

/** The values of `--nfs-storage-url`, `--nfs-options` and `--async-nfs`. */
export type NfsStorage = { url: string; options: string | null; isAsync: boolean };

export type NfsVolume = { name: string; options: { type: 'nfs'; o: string; device: string } };

const URL = /^nfs:\/\/([^/]+)(\/.*)$/;

export function nfsVolumeOf({ url, options, isAsync }: NfsStorage): NfsVolume {
  const [, server = '', path = ''] = URL.exec(url) ?? [];
  const mountOptions = [`addr=${server.replaceAll(/[[\]]/g, '')}`, options ?? (isAsync ? 'rw,async' : 'rw')];
  return {
    name: `transship-nfs-${nameOf(`${server}${path.replace(/\/+$/, '')}`)}`,
    options: { type: 'nfs', o: mountOptions.join(','), device: `:${path}` },
  };
}

export const createVolumeArgv = ({ name, options }: NfsVolume): string[] => [
  ...['docker', 'volume', 'create'],
  ...Object.entries(options).flatMap(([option, value]) => ['-o', `${option}=${value}`]),
  name,
];

/** What Docker allows in a name, and everything else in hexadecimal: two places never have the same one. */
const nameOf = (place: string): string =>
  place.replaceAll(/[^A-Za-z0-9.-]/gu, (character) => `_${character.codePointAt(0)!.toString(16)}_`);
