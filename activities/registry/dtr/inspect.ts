// One look at everything that decides whether and how a registry can be migrated. It changes nothing.

import type { RegistryState } from '../../../contracts/registry-activities.ts';
import { compareVersions, parseVersion } from '../../../domain/registries/dtr/version.ts';
import { clusterReplicas, datedClusterStatus, replicaProblem } from './cluster.ts';
import {
  type ClusterStatus,
  featuresShape,
  repositoryShape,
  settingsShape,
  storageSettingsShape,
  versionShape,
} from './dtr-shapes.ts';
import type { Dtr } from './dtr.ts';
import { writingCrons } from './pause-crons.ts';
import { portsIn, shownSettings } from './told-settings.ts';
import { openTasks } from './tasks.ts';
import { storageIn } from './shown-storage.ts';
import { toolFlags } from './tool-flags.ts';
import { WRITING_ACTIONS } from './writing-crons.ts';

const DISTURBING_ACTIONS = [
  ...WRITING_ACTIONS,
  'metadatastoremigration',
  'tagmigration',
  'bloblinkmigration',
  'scannedlayermigration',
];

export async function inspect(dtr: Dtr): Promise<RegistryState> {
  const { api, entry } = dtr;
  const [{ version }, features, settings, { value: status, at }, collection, tasks, storage, canary] =
    await Promise.all([
      api.get('admin/version', versionShape),
      api.get('meta/features', featuresShape),
      api.get('meta/settings', settingsShape),
      datedClusterStatus(api),
      writingCrons(dtr),
      openTasks(api, DISTURBING_ACTIONS),
      api.get('admin/settings/registry', storageSettingsShape),
      api.find(`repositories/${entry.canaryRepository}`, repositoryShape),
    ]);
  const ports = portsIn(settings);
  return {
    version,
    mode: isClassic(version, features.metadataStoreOptedIn) ? 'classic' : 'online',
    readOnly: settings.readOnlyRegistry,
    replicas: clusterReplicas(status).map((id) => {
      const problem = replicaProblem(status, id);
      const readOnly = status.replica_readonly[id] ?? settings.readOnlyRegistry;
      return {
        id,
        healthy: problem === undefined,
        message: problem ?? 'OK',
        readOnly,
        ...(status.replica_timestamp[id] ? { reportedAt: status.replica_timestamp[id] } : {}),
        ...(ports[id] === undefined ? {} : { ports: ports[id] }),
      };
    }),
    ...(at === null ? {} : { askedAt: at }),
    collection,
    runningTasks: [
      ...tasks.map(({ id, action, status }) => ({
        id,
        action,
        status,
        collects: WRITING_ACTIONS.includes(action),
      })),
      ...lockHeld(status),
    ],
    storage: storageIn(storage, settings),
    canaryRepositoryExists: canary !== undefined,
    settings: await shownSettings(dtr, settings),
    ...(await toolFlags(dtr, version)),
  };
}

/** A collection is going on, whether or not a task of it is among the newest. */
const lockHeld = ({ gc_lock_holder: holder }: ClusterStatus): RegistryState['runningTasks'] =>
  holder ? [{ id: holder, action: 'garbage collection lock', status: 'held', collects: true }] : [];

/** dtr-msr.md §7.2 rule 1: below 2.6, unless online garbage collection was opted into. */
function isClassic(version: string, optedIn: boolean): boolean {
  const parsed = parseVersion(version);
  return parsed !== undefined && compareVersions(parsed, [2, 6, 0]) < 0 && !optedIn;
}
