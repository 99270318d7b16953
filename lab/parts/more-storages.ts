// Starts the further storages that a lab was asked for. A lab without them, such as the demo's, starts none of their
// servers and does not even load their clients.

import { ensureDebianPackages } from '../debian-packages.ts';
import { ensureGoProgram, SWIFT_PROGRAMS } from '../ensure-servers.ts';
import { type LabConfig, type MoreStorage, moreStoragesOf } from '../lab-config.ts';
import type { Progress } from '../progress.ts';
import type { OpenedStorage } from './places.ts';

export type MoreStorages = Partial<Record<MoreStorage, OpenedStorage>>;

export async function openMoreStorages(
  dir: string,
  lab: LabConfig,
  progress: Progress,
): Promise<MoreStorages> {
  const opened: MoreStorages = {};
  for (const name of moreStoragesOf(lab)) {
    await PROGRAMS[name]?.(progress);
    progress.say(`  storage: ${name}`);
    opened[name] = await open(dir, lab, name);
  }
  return opened;
}

/** What the storage is made of, where that is more than npm's packages; the registry's own part of it too. */
const PROGRAMS: Partial<Record<MoreStorage, (progress: Progress) => Promise<unknown>>> = {
  azure: (progress) => ensureGoProgram('distribution', progress),
  gcs: async (progress) => {
    await ensureGoProgram('distribution', progress);
    await ensureGoProgram('fakeGcs', progress);
  },
  swift: (progress) => ensureDebianPackages(SWIFT_PROGRAMS, progress),
};

async function open(dir: string, lab: LabConfig, name: MoreStorage): Promise<OpenedStorage> {
  const { azure, gcs, swift } = lab.morePorts;
  switch (name) {
    case 'azure':
      return (await import('./azure-places.ts')).openAzurePlaces(dir, required(azure));
    case 'swift':
      return (await import('./swift-places.ts')).openSwiftPlaces(dir, required(swift));
    case 'gcs':
      return (await import('./gcs-places.ts')).openGcsPlaces(dir, required(gcs));
    case 'nfs':
      return (await import('./nfs-places.ts')).openNfsPlaces(dir, lab);
  }
}

function required<T>(ports: T | undefined): T {
  if (ports === undefined) throw new Error('lab.json names no ports for this storage');
  return ports;
}
