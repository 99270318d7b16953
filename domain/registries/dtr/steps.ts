// What is done to a DTR in each step, as its API and its bootstrapper are called.

import type { DtrRegistryEntry } from '../../../contracts/inventory.ts';
import type { ReplicaPorts } from '../../../contracts/registry-activities.ts';
import type { Move, StepWords } from '../product.ts';
import {
  type BootstrapperCommand,
  bootstrapperLine,
  bootstrapperSetup,
  secretsOf,
  shellLine,
} from './bootstrapper-command.ts';
import { schedulesIn } from './collection.ts';
import { createVolumeArgv, nfsVolumeOf } from './nfs-volume.ts';
import { isReconfigure, reconfigureOf } from './reconfigure.ts';
import { nfsStorageOf, restoreStorageOf } from './storage-volume.ts';

export function stepWords({ entry, state, destination }: Move<DtrRegistryEntry>): StepWords {
  const run = (command: BootstrapperCommand): string =>
    `(on ${entry.bootstrapHost}) ${bootstrapperLine(bootstrapperSetup(entry), state.version, command)}`;
  const first = entry.replicas[0]!.id;
  const portsOf = (replica: string): { ports?: ReplicaPorts } => {
    const ports = state.replicas.find(({ id }) => id === replica)?.ports;
    return ports === undefined ? {} : { ports };
  };
  const { settings } = state;
  const told = {
    ...(settings && { settings: settings.told }),
    secrets: secretsOf(entry, settings?.certificate?.words ?? null),
  };
  const nodeOf = (replica: string): string => entry.replicas.find(({ id }) => id === replica)!.node;
  return {
    pauseCollection: (saved) => {
      const schedules = schedulesIn(saved);
      return {
        does:
          schedules.length === 0
            ? 'No schedule collects, mirrors or prunes; wait for what of it runs to end'
            : `Save, then DELETE /api/v0/crons of ${schedules.map((cron) => `${cron.action} (${cron.schedule})`).join(', ')}: whatever collects, mirrors into the registry or prunes; wait for what of it runs to end`,
        undo: 'POST the saved schedules back',
      };
    },
    resumeCollection: (saved) =>
      schedulesIn(saved).length === 0
        ? 'There was none; there will be none'
        : 'POST /api/v0/crons with what was saved, and read it again',
    collectGarbage:
      'POST /api/v0/jobs {"action": "onlinegc_blobs"}: removes blobs that no manifest refers to, irreversibly',
    backUpMetadata: `${run({ name: 'backup', replica: first })} | gpg > the repository of backups; the archive is read to its end and checked, and is in clear on no disk`,
    readOnly: (on) => `POST /api/v0/meta/settings {"readOnlyRegistry": ${on}}`,
    switchStorage: (to, how) => {
      if (!isReconfigure(how))
        return `PUT /api/v0/admin/settings/registry with keep_metadata: true → ${to.describe}`;
      return run({
        name: 'reconfigure',
        replica: first,
        ...reconfigureOf(how, to.entry)!,
        ...portsOf(first),
      });
    },
    rebuild: {
      takeDown: (replica) => run({ name: 'destroy', replica }),
      prepare: (replica) => {
        const nfs = nfsStorageOf(destination.entry);
        const { host } = entry.replicas.find(({ id }) => id === replica)!;
        return nfs === null ? [] : [`(on ${host}) ${shellLine(createVolumeArgv(nfsVolumeOf(nfs)))}`];
      },
      bringUp: (replica) =>
        `${run({ name: 'restore', replica, node: nodeOf(replica), storage: restoreStorageOf(destination.entry), ...portsOf(replica), ...told })} < the backup taken after the last push`,
      join: (replica, existing) =>
        run({ name: 'join', replica, node: nodeOf(replica), existing, ...portsOf(replica) }),
    },
  };
}
