// A directory on an SSH host.

import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openHostStorage } from '../../../activities/storage/host/host.ts';
import { STAGING_FOLDER } from '../../../activities/storage/staging.ts';
import type { SshHost } from '../../../lab/servers/ssh-hosts.ts';
import { openTestHost, startTestHosts } from '../servers.ts';
import type { Open } from './opened.ts';

/** `become`: as the inventory has it. */
export const openAs =
  (become?: string): Open =>
  async (via) => {
    const servers = await startTestHosts('node-1');
    const node = servers.hosts[0] as SshHost;
    const root = join(node.volumesDir, "it's a volume");
    const other = join(node.volumesDir, 'another volume');
    await mkdir(root);
    await mkdir(other);
    const server = `tcp://${node.address}:${node.port}`;
    const { hostname, port } = new URL((await via?.(server)) ?? server);
    const host = openTestHost({ ...node, address: hostname, port: Number(port) }, become);
    return {
      storage: openHostStorage(host, root),
      beside: () => Promise.resolve(openHostStorage(host, other)),
      showsSha256: true,
      driver: { filesystem: { rootdirectory: root } },
      remains: () => readdir(join(root, STAGING_FOLDER)).catch(() => []),
      stop: async () => {
        await host.close();
        await servers.stop();
      },
    };
  };

export const open: Open = openAs();
