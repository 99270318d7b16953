// How activities are run, once for all workflows: how long one attempt may take, when a silent one is given up, and
// how often it is tried. Whether an error is worth another try is decided by the table of failures, not here.

import { type ActivityOptions, workflowInfo } from '@temporalio/workflow';
import type { BackupActivities } from '../../contracts/backup.ts';
import type { RestoreActivities } from '../../contracts/restore.ts';
import type { RecordActivities } from '../../contracts/record-activities.ts';
import type { RebuildActivities, RegistryActivities } from '../../contracts/registry-activities.ts';
import type { StorageActivities } from '../../contracts/storage-activities.ts';
import type { WorkerActivities } from '../../contracts/worker-activities.ts';
import type { FailureType } from '../../contracts/failures.ts';
import { boundTaskQueue, windowTaskQueue } from '../../contracts/names.ts';
import { summarizedActivities } from './summarized-activities.ts';

/** The way out must not race what it undoes: a cancelled activity is waited for. (The SDK's own default is not to.) */
const cancellationType = 'WAIT_CANCELLATION_COMPLETED' as const;

const patientRetry = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' } as const;
const eagerRetry = { initialInterval: '500ms', backoffCoefficient: 1.5, maximumInterval: '10s' } as const;
/** For what is insisted on: after so many the reason is said, and whoever insists tries again. */
const FEW_ATTEMPTS = 2;

/** Before the window: a registry that does not answer for this long fails the migration, with nothing changed. */
export const quick = summarizedActivities<RecordActivities & RegistryActivities>({
  startToCloseTimeout: '10m',
  scheduleToCloseTimeout: '30m',
  heartbeatTimeout: '30s',
  retry: patientRetry,
  cancellationType,
});

/**
 * Looking at everything before the plan: as long as it takes, but what fails four times in a row (within seconds) is said
 * instead of tried for ever, and a secret or storage that is not there at once. Nothing was changed, so starting again costs nothing.
 */
const inspectionOptions: ActivityOptions = {
  startToCloseTimeout: '12h',
  heartbeatTimeout: '10s',
  retry: {
    ...patientRetry,
    maximumAttempts: 4,
    nonRetryableErrorTypes: ['SecretUnavailable', 'StorageMismatch'] satisfies FailureType[],
  },
  cancellationType,
};
export const inspection = summarizedActivities<
  RegistryActivities & WorkerActivities & Pick<RestoreActivities, 'lookAtRegistry' | 'restoreMetadata'>
>(inspectionOptions);
export const inspectionAt = boundActivities(inspectionOptions, { scheduleToStartTimeout: '5m' });

/** Long work while the registry is in use: no end to patience, a dead worker is noticed within 10 s. */
const transferOptions: ActivityOptions = {
  startToCloseTimeout: '12h',
  heartbeatTimeout: '10s',
  retry: patientRetry,
  cancellationType,
};
export const transfer = summarizedActivities<RegistryActivities>(transferOptions);
export const transferAt = boundActivities(transferOptions);

/** Inside the window, where every second counts: a dead worker is noticed within 5 s. */
const inWindowOptions: ActivityOptions = {
  startToCloseTimeout: '2h',
  heartbeatTimeout: '5s',
  retry: eagerRetry,
  cancellationType,
};
export const inWindow = summarizedActivities<RegistryActivities & RebuildActivities>(inWindowOptions, {
  taskQueue: windowQueue,
});
export const inWindowAt = boundActivities(inWindowOptions, {}, windowTaskQueue);

/** After the point of no return: what fails again and again is said, and a person decides. */
const committedOptions: ActivityOptions = {
  ...inWindowOptions,
  retry: { ...eagerRetry, maximumAttempts: FEW_ATTEMPTS },
};
export const committed = summarizedActivities<
  RegistryActivities & RebuildActivities & Pick<RestoreActivities, 'restoreMetadata'>
>(committedOptions, {
  taskQueue: windowQueue,
});
export const committedAt = boundActivities(committedOptions, {}, windowTaskQueue);

/** Remote jobs outside the window, such as the first backup. */
export const hostCommand = summarizedActivities<RebuildActivities>({
  startToCloseTimeout: '6h',
  heartbeatTimeout: '20s',
  retry: patientRetry,
  cancellationType,
});

/**
 * The way out of a dangerous state; insist.ts repeats it without end. It rests on the registry's own entry alone: that
 * another storage is elsewhere now must not keep a registry read-only.
 */
export const mustHappen = summarizedActivities<RegistryActivities>(
  {
    startToCloseTimeout: '10m',
    heartbeatTimeout: '10s',
    retry: { ...eagerRetry, maximumAttempts: FEW_ATTEMPTS },
    cancellationType,
  },
  { taskQueue: windowQueue, bound: (what) => what.startsWith('registry/') },
);

/** The window and its way out have slots of their own: copies, however many, leave them free. */
function windowQueue(): string {
  return windowTaskQueue(workflowInfo().taskQueue);
}

/** A report waits for a journal that is away, and not for ever: the registry has long been where it stays. */
export const reporting = summarizedActivities<RecordActivities>(
  {
    startToCloseTimeout: '10m',
    heartbeatTimeout: '10s',
    retry: { ...patientRetry, maximumAttempts: 20 },
    cancellationType,
  },
  { taskQueue: windowQueue },
);

/** Beside the window, and never in its way: of a worker that died its end is waited for no longer than of the window's own. */
export const watched = summarizedActivities<RegistryActivities>(
  { startToCloseTimeout: '12h', heartbeatTimeout: '5s', retry: eagerRetry, cancellationType },
  { taskQueue: windowQueue },
);

/** What is left to tidy at the end, and does no harm where it is: tried a few times. */
const tidyOptions: ActivityOptions = {
  startToCloseTimeout: '2m',
  heartbeatTimeout: '10s',
  retry: { ...eagerRetry, maximumAttempts: FEW_ATTEMPTS },
  cancellationType,
};
export const tidying = summarizedActivities<RegistryActivities>(tidyOptions, { taskQueue: windowQueue });
export const tidyingAt = boundActivities(tidyOptions, {}, windowTaskQueue);

/** Those of a registry's that look into a storage, too. */
type OnStorages = StorageActivities &
  Pick<RegistryActivities, 'checkClosure'> &
  BackupActivities &
  RestoreActivities;

/**
 * Activities on storages, done by workers that are bound to `boundTo`; null: by any worker. None is handed at once to the
 * worker that runs the workflow: it would draw all of them to itself, and the others would stand idle.
 */
function boundActivities(
  options: ActivityOptions,
  ifBound: ActivityOptions = {},
  queueOf: (taskQueue: string) => string = (taskQueue) => taskQueue,
): (boundTo: string | null) => OnStorages {
  return (boundTo) =>
    summarizedActivities<OnStorages>(
      { ...options, allowEagerDispatch: false, ...(boundTo !== null && ifBound) },
      { taskQueue: () => queueOf(boundTo === null ? workflowInfo().taskQueue : boundTaskQueue(boundTo)) },
    );
}
