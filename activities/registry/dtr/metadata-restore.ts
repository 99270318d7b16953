// Restores a metadata backup into a new installation. The archive is decrypted into the host's memory whole and its digest is
// checked there before the bootstrapper reads it: a restore that ends half-way must be destroyed and begun again.

import type { DtrRegistryEntry } from '../../../contracts/inventory.ts';
import type { MetadataBackup } from '../../../contracts/registry-activities.ts';
import { secretsOf } from '../../../domain/registries/dtr/bootstrapper-command.ts';
import { restoreStorageOf } from '../../../domain/registries/dtr/storage-volume.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import { openRepository } from '../../repositories/open-repository.ts';
import { readSealed } from '../../repositories/sealed-file.ts';
import type { PlannedRun } from '../control-plane.ts';
import { remoteJobId, runBootstrapper } from './bootstrapper.ts';
import type { Dtr } from './dtr.ts';
import { inMemory, putInMemory, requireRoomInMemory } from './host-memory.ts';
import { makeVolumeFor } from './nfs-volumes.ts';
import { remembered } from './told-settings.ts';

export async function restoreMetadata(
  dtr: Dtr,
  run: PlannedRun,
  { backup, replica, storage: name }: { backup: MetadataBackup; replica: string; storage: string },
): Promise<void> {
  const { entry, environment, meter } = dtr;
  const destination = environment.inventory.storages[name];
  if (destination === undefined)
    throw new TransshipError('InvalidInput', `The inventory has no storage "${name}".`);
  const storage = restoreStorageOf(destination);
  const host = await environment.openHost(entry.bootstrapHost);
  const known = await remembered(dtr, run.job);
  await makeVolumeFor(dtr, { replica, storage: name });
  const { folder, archive } = inMemory(host, remoteJobId(run.job, `restore-${replica}`));
  // Of an attempt that was killed.
  await host.check(['rm', '-rf', '--', folder]);
  await requireRoomInMemory(host, backup.bytes);
  const repository = await openRepository(environment, backup.stored.repository, meter);
  let mayStillRun = false;
  try {
    const body = await readSealed(repository, backup.key, meter);
    await putInMemory(host, folder, { body, sha256: backup.sha256, key: backup.key }, meter.signal);
    mayStillRun = true;
    await runBootstrapper(dtr, run, {
      id: `restore-${replica}`,
      command: {
        name: 'restore',
        replica,
        node: nodeOf(entry, replica),
        storage,
        ...(known?.ports[replica] && { ports: known.ports[replica] }),
        ...(known && { settings: known.settings }),
        secrets: secretsOf(entry, known?.certificate ?? ''),
      },
      texts: { certificate: known?.certificate ?? '', ca: known?.ca ?? '' },
      stdinFile: archive,
    });
    mayStillRun = false;
  } catch (error) {
    if (error instanceof TransshipError && error.type === 'CommandFailed') mayStillRun = false;
    throw error;
  } finally {
    // It holds private keys. A restore that may still run removes the file itself.
    if (!mayStillRun) await host.check(['rm', '-rf', '--', folder]);
  }
}

export const nodeOf = (entry: DtrRegistryEntry, replica: string): string =>
  entry.replicas.find((candidate) => candidate.id === replica)!.node;
