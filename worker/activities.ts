// Every activity of this worker under the name that workflows call it by.

import { createCopyingActivities } from '../activities/copying/copying-activities.ts';
import type { Environment } from '../activities/environment.ts';
import { createInspectionActivities } from '../activities/inspection/inspection-activities.ts';
import { openProber } from '../activities/registry/open-prober.ts';
import { createHostActivities } from '../activities/registry/dtr/host-activities.ts';
import { createRegistryActivities } from '../activities/registry/registry-activities.ts';
import { createRecordActivities } from '../activities/records/record-activities.ts';
import type { HostActivities } from '../contracts/host-activities.ts';
import type { RecordActivities } from '../contracts/record-activities.ts';
import type { RegistryActivities } from '../contracts/registry-activities.ts';
import type { StorageActivities } from '../contracts/storage-activities.ts';

export const createActivities = (
  environment: Environment,
): StorageActivities & RegistryActivities & HostActivities & RecordActivities => ({
  ...createInspectionActivities(environment),
  ...createCopyingActivities(environment, (registry) => openProber(environment, registry)),
  ...createRegistryActivities(environment),
  ...createHostActivities(environment),
  ...createRecordActivities(environment),
});
