// What the actions of jobs do on the stand-in. An action that is not here fails (what DTR does is not public).

import { setTimeout as sleep } from 'node:timers/promises';
import { tagMigration } from './classic-files.ts';
import { garbageCollectionActions } from './garbage-collection.ts';
import type { Action } from './job-worker.ts';
import { policyActions } from './policy-jobs.ts';
import type { Replica } from './replica-context.ts';
import { writeSettings } from './settings.ts';
import { timingsOf } from './timings.ts';

const nothing: Action = async () => undefined;

export function standInActions(replica: Replica): Record<string, Action> {
  const { config, record, store, blobs, version } = replica;
  return {
    ...(version.mode === 'online'
      ? garbageCollectionActions(config, record.id, store, blobs)
      : { tagmigration: tagMigration(replica) }),
    onlinegc_joblogs: nothing,
    onlinegc_events: nothing,
    license_update: nothing,
    ...policyActions(store),
    ro_registry: async () => writeSettings(store, { readOnlyRegistry: true }),
    sleep: async (_job, _log, signal) => {
      await sleep(timingsOf(config).sleepJobMs, undefined, { signal });
    },
    false: async () => {
      throw new Error('exit status 1');
    },
  };
}
