// Puts the configurations of a backup back, each on its replica: as they were, but for the driver, which is that of the
// inventory's storage with the secrets of now, and for read-only mode, which ends when the images were seen. The file that was
// there stays beside it, as after every change of ours; its mode and owner hold for the new one.

import { TransshipError } from '../../../domain/transship-error.ts';
import type { Configuration, PlannedRun } from '../control-plane.ts';
import { applyTo } from './apply.ts';
import { backUpConfig, readConfig } from './config-file.ts';
import { withDriver, withReadOnly } from './configuration.ts';
import type { Distribution } from './distribution.ts';
import { driverSettings } from './driver-settings.ts';
import { requireUsable } from './switch-storage.ts';

type Of = { configurations: Configuration[]; storage: string; tryOnly: boolean };

export async function restoreConfigurations(
  distribution: Distribution,
  run: PlannedRun,
  { configurations, storage, tryOnly }: Of,
): Promise<void> {
  const { environment, replicas } = distribution;
  const entry = environment.inventory.storages[storage];
  if (entry === undefined)
    throw new TransshipError('InvalidInput', `The inventory has no storage "${storage}".`);
  const driver = await driverSettings(entry, run.version, environment.resolveSecret.bind(environment));
  const texts = new Map(configurations.map(({ replica, text }) => [replica, text]));
  const lacking = replicas.filter(({ id }) => !texts.has(id)).map(({ id }) => id);
  if (lacking.length > 0)
    throw new TransshipError(
      'PreflightFailed',
      `The set has no configuration of ${lacking.join(', ')}: take replicas that it does not have out of the inventory, restore, and add them afterwards.`,
    );
  const wantedOf = (id: string): string => withReadOnly(withDriver(texts.get(id)!, driver), true);

  // All of them before the first is changed
  for (const replica of replicas) {
    wantedOf(replica.id);
    await readConfig(replica);
    await requireUsable(replica, storage, driver);
  }
  if (tryOnly) return;
  for (const replica of replicas) {
    await backUpConfig(replica, run.job);
    await applyTo(distribution, replica, () => wantedOf(replica.id));
  }
}
