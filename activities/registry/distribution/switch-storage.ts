// The switch: the driver's settings in the configuration of each replica, and a restart. The program of each is asked first
// whether it can open the storage. The first replica that does not come up on it is put back while the others still are where
// they were, so that nothing has happened then; after that there is only forward, or a person's decision.

import type { Switch } from '../../../contracts/registry-activities.ts';
import { BY_CONFIGURATION } from '../../../domain/registries/distribution/recipes.ts';
import { placeOf, usesDirectory } from '../../../domain/registries/distribution/place.ts';
import { usesStorage } from '../../../domain/registries/place.ts';
import type { StorageEntry } from '../../../contracts/inventory.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { PlannedRun } from '../control-plane.ts';
import { applyTo } from './apply.ts';
import { backUpConfig, readBackup, readConfig } from './config-file.ts';
import { storageIn, withDriver, withDriverOf } from './configuration.ts';
import { type Distribution, type DistributionReplica, without } from './distribution.ts';
import { driverSettings } from './driver-settings.ts';
import { tryStorage } from './program.ts';

type To = { storage: string; how: Switch };

export async function switchStorage(distribution: Distribution, run: PlannedRun, to: To): Promise<void> {
  const { environment } = distribution;
  const entry = environment.inventory.storages[to.storage];
  if (to.how !== BY_CONFIGURATION)
    throw new TransshipError(
      'InvalidInput',
      `"${to.how}" is no way to switch the storage of a Distribution.`,
    );
  if (entry === undefined)
    throw new TransshipError('InvalidInput', `The inventory has no storage "${to.storage}".`);
  const driver = await driverSettings(entry, run.version, environment.resolveSecret.bind(environment));
  const replicas = without(distribution.replicas, run.without);
  for (const replica of replicas) await backUpConfig(replica, run.job);

  for (const replica of replicas) {
    const before = await readBackup(replica, run.job);
    const { text: found, restartDue } = await readConfig(replica);
    const edit = (text: string): string => {
      // Until it was seen well with it, the credentials may be what is wrong
      if (isThere(replica, text, entry) && !restartDue) return text;
      // As it was written, when it goes back to where it was
      return before !== undefined && isThere(replica, before, entry)
        ? withDriverOf(text, before)
        : withDriver(text, driver);
    };
    if (edit(found) !== found) await requireUsable(replica, to.storage, driver);
    try {
      await applyTo(distribution, replica, edit);
    } catch (error) {
      distribution.meter.signal.throwIfAborted();
      if (
        before === undefined ||
        isThere(replica, before, entry) ||
        !(await isAlone(replica, replicas, entry))
      )
        throw error;
      await applyTo(distribution, replica, (now) => withDriverOf(now, before));
      throw new TransshipError(
        'RegistryRefused',
        `Replica ${replica.id} did not come up on ${to.storage} and was put back: ${error instanceof Error ? error.message : String(error)}`,
        {},
        { cause: error },
      );
    }
  }
}

export async function requireUsable(
  replica: DistributionReplica,
  storage: string,
  driver: Record<string, unknown>,
): Promise<void> {
  const problem = await tryStorage(replica, driver);
  if (problem !== undefined)
    throw new TransshipError(
      'RegistryRefused',
      `The program of replica ${replica.id} cannot open ${storage} from ${replica.host.name}: ${problem}`,
    );
}

/** No other replica is told of it yet. */
async function isAlone(
  replica: DistributionReplica,
  replicas: DistributionReplica[],
  entry: StorageEntry,
): Promise<boolean> {
  for (const other of replicas)
    if (other !== replica && isThere(other, (await readConfig(other)).text, entry)) return false;
  return true;
}

const isThere = (replica: DistributionReplica, text: string, entry: StorageEntry): boolean =>
  usesStorage({ usesDirectory }, placeOf(storageIn(text), replica.entry), entry);
