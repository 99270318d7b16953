// Docker volumes of the lab's hosts: `<hosts>/<node>/volumes/<name>/_data`. `_data` may be a link to a folder that several
// hosts share; removing the volume then removes the link, as unmounting an export would.

import { lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { StandInConfig } from './cluster.ts';

export const volumesDir = (config: StandInConfig, node: string): string =>
  join(config.hostsDir, node, 'volumes');

/** A volume given as a path (`--dtr-storage-volume /mnt/x`) is that path. */
export const mountpoint = (config: StandInConfig, node: string, name: string): string =>
  name.startsWith('/') ? name : join(volumesDir(config, node), name, '_data');

export const volumeExists = async (config: StandInConfig, node: string, name: string): Promise<boolean> =>
  (await lstat(mountpoint(config, node, name)).catch(() => undefined)) !== undefined;

/** Leaves an existing volume as it is, as Docker does. */
export async function createVolume(config: StandInConfig, node: string, name: string): Promise<void> {
  if (await volumeExists(config, node, name)) return;
  await mkdir(mountpoint(config, node, name), { recursive: true });
}

/** A volume on an export. The lab's hosts cannot mount NFS: every host sees `<dir>/nfs/<server>/<path>` instead. */
export async function createNfsVolume(
  config: StandInConfig,
  node: string,
  name: string,
  nfs: { host: string; path: string },
): Promise<void> {
  if (await volumeExists(config, node, name)) return;
  const exported = join(config.processDir, 'nfs', nfs.host, nfs.path);
  await mkdir(exported, { recursive: true });
  const data = mountpoint(config, node, name);
  await mkdir(dirname(data), { recursive: true });
  await symlink(exported, data);
}

/** What `docker volume create -o` was given when it made the volume; of any other volume there is nothing to say. */
export async function volumeOptions(
  config: StandInConfig,
  node: string,
  name: string,
): Promise<Record<string, string>> {
  const text = await readFile(optionsFile(config, node, name), 'utf8').catch(() => '{}');
  return JSON.parse(text) as Record<string, string>;
}

export async function writeVolumeOptions(
  config: StandInConfig,
  node: string,
  name: string,
  options: Record<string, string>,
): Promise<void> {
  await writeFile(optionsFile(config, node, name), JSON.stringify(options));
}

const optionsFile = (config: StandInConfig, node: string, name: string): string =>
  join(volumesDir(config, node), name, 'options.json');

export async function removeVolume(config: StandInConfig, node: string, name: string): Promise<void> {
  await rm(join(volumesDir(config, node), name), { recursive: true, force: true });
}

export const listVolumes = async (config: StandInConfig, node: string): Promise<string[]> =>
  (await readdir(volumesDir(config, node)).catch((): string[] => [])).sort();
