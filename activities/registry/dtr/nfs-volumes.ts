// The Docker volume of an export on the host of a replica, where DTR is told of the export by a volume: a volume that a node does
// not have would come into being there, empty. Made where it is missing; one of that name with other options is left alone.

import { createVolumeArgv, type NfsVolume, nfsVolumeOf } from '../../../domain/registries/dtr/nfs-volume.ts';
import { nfsStorageOf } from '../../../domain/registries/dtr/storage-volume.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { Dtr } from './dtr.ts';
import { settingsShape } from './dtr-shapes.ts';

/** Before a replica is brought up on that storage. Nothing to do for a storage that is no export. */
export async function makeVolumeFor(
  dtr: Dtr,
  { replica, storage }: { replica: string; storage: string },
): Promise<void> {
  const entry = dtr.environment.inventory.storages[storage];
  const nfs = entry === undefined ? null : nfsStorageOf(entry);
  if (nfs !== null) await makeVolume(dtr, replica, nfsVolumeOf(nfs));
}

/** Before a replica joins a registry that is on such a volume: it inherits the name. */
export async function makeVolumeInUse(dtr: Dtr, replica: string): Promise<void> {
  const { storageVolume } = await dtr.api.get('meta/settings', settingsShape);
  const volume = Object.values(dtr.environment.inventory.storages)
    .flatMap((entry) => nfsStorageOf(entry) ?? [])
    .map(nfsVolumeOf)
    .find(({ name }) => name === storageVolume);
  if (volume !== undefined) await makeVolume(dtr, replica, volume);
}

/** `InvalidInput` where a volume of that name is another one. */
async function makeVolume(
  { entry, environment, meter }: Dtr,
  replica: string,
  volume: NfsVolume,
): Promise<void> {
  const { host: name } = entry.replicas.find(({ id }) => id === replica)!;
  const host = await environment.openHost(name);
  const { signal } = meter;
  // Of a volume that is there already Docker takes no notice of the options.
  await host.check(createVolumeArgv(volume), { signal });
  const format = ['--format', '{{json .Options}}'];
  const shown = await host.check(['docker', 'volume', 'inspect', ...format, volume.name], { signal });
  const options = (JSON.parse(shown) ?? {}) as Record<string, string>;
  const isOther = Object.entries(volume.options).some(([option, value]) => options[option] !== value);
  if (isOther)
    throw new TransshipError(
      'InvalidInput',
      `Host ${name} has a volume ${volume.name} with other options than the inventory gives (${JSON.stringify(options)}). Remove it there (docker volume rm), unless somebody uses it.`,
      { host: name, volume: volume.name },
    );
}
