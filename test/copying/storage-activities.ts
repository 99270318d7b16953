// All activities on storages, of an inventory without registries.

import { createCopyingActivities } from '../../activities/copying/copying-activities.ts';
import type { Environment } from '../../activities/environment.ts';
import { createInspectionActivities } from '../../activities/inspection/inspection-activities.ts';
import type { StorageActivities } from '../../contracts/storage-activities.ts';

export const createStorageActivities = (environment: Environment): StorageActivities => ({
  ...createInspectionActivities(environment),
  ...createCopyingActivities(environment, () => Promise.reject(new Error('there is no registry'))),
});
