// Starts the further storages that a lab was asked for. A lab without them, such as the demo's, starts none of their
// servers and does not even load their clients.

import { ensureDebianPackages } from '../tools/debian-packages.ts';
import { ensureGoProgram, SWIFT_PROGRAMS } from '../tools/ensure-servers.ts';
import { type LabConfig, type MoreStorage, moreStoragesOf } from './lab-config.ts';
import type { Progress } from '../progress.ts';
import type { OpenedStorage } from './sites.ts';

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
    opened[name] = await OPEN[name](dir, lab);
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

const OPEN: Record<MoreStorage, (dir: string, lab: LabConfig) => Promise<OpenedStorage>> = {
  azure: async (dir, { morePorts }) =>
    (await import('./azure-sites.ts')).openAzureSites(dir, required(morePorts.azure)),
  swift: async (dir, { morePorts }) =>
    (await import('./swift-sites.ts')).openSwiftSites(dir, required(morePorts.swift)),
  gcs: async (dir, { morePorts }) =>
    (await import('./gcs-sites.ts')).openGcsSites(dir, required(morePorts.gcs)),
  's3-other': async (dir, { morePorts }) =>
    (await import('./other-s3-sites.ts')).openOtherS3Sites(dir, required(morePorts.s3Other)),
  nfs: async (dir, lab) => (await import('./nfs-sites.ts')).openNfsSites(dir, lab),
};

function required<T>(ports: T | undefined): T {
  if (ports === undefined) throw new Error('lab.json names no ports for this storage');
  return ports;
}
