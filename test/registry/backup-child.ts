// A worker that takes a backup, as a process of its own that can be killed.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { MockActivityEnvironment } from '@temporalio/testing';
import { openSshHost } from '../../activities/hosts/ssh-host.ts';
import { createRebuildActivities } from '../../activities/registry/rebuild-activities.ts';
import { openFilesystemStorage } from '../../activities/storage/filesystem/filesystem.ts';
import type { HostEntry, Inventory } from '../../contracts/inventory.ts';
import type { RebuildActivities } from '../../contracts/registry-activities.ts';
import { IMPATIENT } from '../support/impatient.ts';

const { inventory, dir, request } = (await json(process.stdin)) as {
  inventory: Inventory;
  dir: string;
  request: Parameters<RebuildActivities['backUpMetadata']>[0];
};
const activities = createRebuildActivities({
  inventory,
  patience: IMPATIENT,
  resolveSecret: async () => 'correct horse',
  openStorage: async (name) => openFilesystemStorage(join(dir, name)),
  openHost: async (name) => {
    const host = inventory.hosts[name] as HostEntry;
    return openSshHost(name, host, async () => await readFile((host.key as { file: string }).file, 'utf8'));
  },
});
await new MockActivityEnvironment().run(async () => await activities.backUpMetadata(request));
