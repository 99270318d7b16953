// Every activity of this worker under the name that workflows call it by, and whom it talks to. A room that is left out
// of either does not compile.

import { createCopyingActivities } from '../activities/copying/copying-activities.ts';
import { createBackupActivities } from '../activities/backups/backup-activities.ts';
import { createRestoreActivities } from '../activities/backups/restore-activities.ts';
import type { Environment } from '../activities/environment.ts';
import { createInspectionActivities } from '../activities/inspection/inspection-activities.ts';
import { openProber } from '../activities/registry/open-prober.ts';
import { createRebuildActivities } from '../activities/registry/rebuild-activities.ts';
import { createRegistryActivities } from '../activities/registry/registry-activities.ts';
import { createRecordActivities } from '../activities/records/record-activities.ts';
import type { BackupActivities } from '../contracts/backup.ts';
import type { RestoreActivities } from '../contracts/restore.ts';
import type { FailureType } from '../contracts/failures.ts';
import type { RecordActivities } from '../contracts/record-activities.ts';
import type { RebuildActivities, RegistryActivities } from '../contracts/registry-activities.ts';
import type { StorageActivities } from '../contracts/storage-activities.ts';
import type { WorkerActivities } from '../contracts/worker-activities.ts';
import { workerActivities } from './find-workers.ts';

export type Activities = StorageActivities &
  RegistryActivities &
  RebuildActivities &
  BackupActivities &
  RestoreActivities &
  RecordActivities &
  WorkerActivities;

/** `otherSides`: what is taken for away when an activity ends with an error of the network that nobody has judged. */
export function createActivities(environment: Environment): {
  activities: Activities;
  otherSides: Record<keyof Activities, FailureType>;
} {
  const onStorages = {
    ...createInspectionActivities(environment),
    ...createCopyingActivities(environment, (registry) => openProber(environment, registry)),
  };
  const onRegistries = createRegistryActivities(environment);
  const onHosts = createRebuildActivities(environment);
  const onSets = {
    ...createBackupActivities(environment, (registry) => openProber(environment, registry)),
    ...createRestoreActivities(environment),
  };
  const onRecords = createRecordActivities(environment);
  return {
    activities: {
      ...onStorages,
      ...onRegistries,
      ...onHosts,
      ...onSets,
      ...onRecords,
      ...workerActivities,
    },
    otherSides: {
      ...allOf(onStorages, 'StorageUnavailable'),
      ...allOf(onRegistries, 'RegistryUnhealthy'),
      ...allOf(onHosts, 'HostUnreachable'),
      ...allOf(onSets, 'StorageUnavailable'),
      ...allOf(onRecords, 'StorageUnavailable'),
      ...allOf(workerActivities, 'StorageUnavailable'),
    },
  };
}

const allOf = <A extends object>(activities: A, otherSide: FailureType) =>
  Object.fromEntries(Object.keys(activities).map((name) => [name, otherSide])) as Record<
    keyof A,
    FailureType
  >;
