// Restores a metadata backup into a new installation. The archive is put on the host whole and its digest is checked
// there before the bootstrapper reads it: a restore that ends half-way must be destroyed and begun again.

import type { DtrRegistryEntry } from '../../../contracts/inventory.ts';
import type { MetadataBackup } from '../../../contracts/registry-activities.ts';
import { secretsOf } from '../../../domain/registries/dtr/bootstrapper-command.ts';
import { restoreStorageOf } from '../../../domain/registries/dtr/storage-volume.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { Environment } from '../../environment.ts';
import type { RemoteHost } from '../../hosts/remote-host.ts';
import type { PlannedRun } from '../control-plane.ts';
import { runBootstrapper } from './bootstrapper.ts';
import type { Dtr } from './dtr.ts';
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
  const archive = `${host.stateDir}/restore-${backup.sha256}.tar`;
  let mayStillRun = false;
  try {
    await putArchiveOnHost(environment, host, backup, archive, meter.signal);
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
    // It holds private keys; it lies on the host no longer than the restore can read it.
    if (!mayStillRun) await host.check(['rm', '-f', archive, `${archive}.new`]);
  }
}

export const nodeOf = (entry: DtrRegistryEntry, replica: string): string =>
  entry.replicas.find((candidate) => candidate.id === replica)!.node;

async function putArchiveOnHost(
  environment: Environment,
  host: RemoteHost,
  backup: MetadataBackup,
  archive: string,
  signal: AbortSignal,
): Promise<void> {
  const { repositories, backups: name } = environment.inventory;
  const backups = await environment.openStorage(repositories[name]!.storage);
  const script = 'umask 077; cat > "$1.new" && mv "$1.new" "$1" && sha256sum < "$1"';
  const output = await host.check(['sh', '-c', script, 'put', archive], {
    input: await backups.read(backup.key, { signal }),
    signal,
  });
  if (!output.startsWith(backup.sha256))
    throw new TransshipError(
      'IntegrityMismatch',
      `The metadata backup ${backup.key} arrived on ${host.name} with other bytes.`,
      {
        key: backup.key,
        host: host.name,
      },
    );
}
