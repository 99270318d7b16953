// `destroy` ends one replica with all its volumes and tells nobody; `remove` takes replicas out of a healthy cluster.

import { openClusterView } from '../cluster-view.ts';
import { listReplicaRecords, metadataFile } from '../cluster.ts';
import { destroyReplica } from '../replica-lifecycle.ts';
import { openStore } from '../store.ts';
import { listVolumes } from '../volumes.ts';
import { Fatal, existingReplica, replicaIdOf, requireSameVersion, requireUcp, takeTime } from './run.ts';
import type { Run } from './run.ts';

export async function destroy(run: Run): Promise<void> {
  const { log, config, dtrDir, values } = run;
  requireUcp(run);
  if (values.text('replica-id') === undefined) throw new Fatal('Failed to choose a replica to destroy: EOF');
  const id = replicaIdOf(run);
  const records = await listReplicaRecords(dtrDir);
  const volumes = (await Promise.all(config.nodes.map((node) => listVolumes(config, node.name)))).flat();
  if (!records.some((record) => record.id === id) && !volumes.some((volume) => volume.endsWith(`-${id}`))) {
    log.warn(`No containers or volumes of replica ${id} were found`);
    return;
  }
  log.info(`Beginning removal of Docker Trusted Registry replica ${id}`);
  await takeTime(run);
  await destroyReplica(dtrDir, config, id);
  log.info(`Replica ${id} has been destroyed`);
}

export async function remove(run: Run): Promise<void> {
  const { log, config, dtrDir, values } = run;
  requireUcp(run);
  requireSameVersion(run);
  await existingReplica(run);
  const ids = (values.text('replica-ids') ?? values.text('replica-id') ?? '')
    .split(',')
    .filter((id) => id !== '');
  if (ids.length === 0) throw new Fatal('Failed to choose replicas to remove: EOF');
  const store = openStore(metadataFile(dtrDir));
  try {
    const health = await openClusterView(config, store).health();
    for (const id of ids)
      if (health[id] === undefined && !values.isOn('force')) throw new Fatal(`Couldn't find replica ${id}`);
    const remaining = Object.entries(health).filter(([id]) => !ids.includes(id));
    if (remaining.length === 0) throw new Fatal('The last replica cannot be removed; use destroy');
    const unhealthy = remaining.find(([, state]) => state !== 'OK');
    if (unhealthy !== undefined) throw new Fatal(`Replica ${unhealthy[0]} is unhealthy: ${unhealthy[1]}`);
    await takeTime(run);
    for (const id of ids) {
      store.run('DELETE FROM replicas WHERE id = ?', id);
      await destroyReplica(dtrDir, config, id);
      log.info(`Replica ${id} has been removed`);
    }
  } finally {
    store.close();
  }
}
