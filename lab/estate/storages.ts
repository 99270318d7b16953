// The places where the lab's registry keeps its content, and where a migration can bring it: docker volumes that all
// hosts share, a folder for a bind mount, and buckets. Nothing here knows what lies in them.

import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabConfig, StorageChoice } from './lab-config.ts';

export const SOURCE_VOLUME = 'registry-data';
export const DESTINATION_VOLUME = 'registry-new';
/** Below the lab's folder. All hosts of the lab see it, as they would see a mount of a file server. */
export const BIND_FOLDER = 'shared/registry-bind';
export const SOURCE_BUCKET = 'registry-source';
export const DESTINATION_BUCKET = 'registry-prod';
export const BUCKETS = [SOURCE_BUCKET, DESTINATION_BUCKET];
/** The registry's `rootdirectory` in its bucket. */
export const S3_ROOT = 'dtr';

/** Where the registry starts, as the inventory calls it. */
export const sourceNameOf = (storage: StorageChoice): string => `prod-${storage}`;

const SHARED_VOLUMES = [SOURCE_VOLUME, DESTINATION_VOLUME];

/**
 * Makes what is missing. A volume that several replicas use must have the same content on every node (`--dtr-storage-volume`),
 * which takes a clustered volume plug-in; here the volume of each host is a link to one folder.
 */
export async function makeStorages(dir: string, lab: LabConfig): Promise<void> {
  await mkdir(join(dir, BIND_FOLDER), { recursive: true });
  for (const volume of SHARED_VOLUMES) {
    const shared = join(dir, 'shared', volume);
    await mkdir(join(shared, '_data'), { recursive: true });
    for (const node of lab.nodes) {
      const volumes = volumesOf(dir, node.name);
      await mkdir(volumes, { recursive: true });
      await symlink(shared, join(volumes, volume)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
    }
  }
}

/** Removes every volume and everything in the buckets. Only for a registry that does not run. */
export async function clearStorages(dir: string, lab: LabConfig): Promise<void> {
  const full = [
    join(dir, 'shared'),
    ...lab.nodes.map((node) => volumesOf(dir, node.name)),
    ...BUCKETS.map((bucket) => join(dir, 's3', bucket)),
  ];
  for (const folder of full) {
    for (const name of await readdir(folder).catch(() => [])) {
      await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}

const volumesOf = (dir: string, node: string): string => join(dir, 'hosts', node, 'volumes');
