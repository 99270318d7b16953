// `join`: one more replica. It takes over the cluster's storage settings.

import { listReplicaRecords, metadataFile } from '../cluster.ts';
import { openClusterView } from '../cluster-view.ts';
import { deployReplica } from '../replica-lifecycle.ts';
import { openStore } from '../store.ts';
import {
  Fatal,
  existingReplica,
  freeNode,
  replicaIdOf,
  requireSameVersion,
  requireUcp,
  takeTime,
} from './run.ts';
import type { Run } from './run.ts';

export async function join(run: Run): Promise<void> {
  const { log, config, dtrDir, values } = run;
  log.info('Beginning Docker Trusted Registry replica join');
  requireUcp(run);
  requireSameVersion(run);
  await existingReplica(run);
  const id = replicaIdOf(run);
  if ((await listReplicaRecords(dtrDir)).some((record) => record.id === id))
    throw new Fatal(`Replica ${id} exists already`);
  const node = await freeNode(run);
  const store = openStore(metadataFile(dtrDir));
  try {
    const cluster = openClusterView(config, store);
    const unhealthy = Object.entries(await cluster.health()).filter(([, health]) => health !== 'OK');
    if (unhealthy.length > 0 && !values.isOn('unsafe-join'))
      throw new Fatal(`Cannot join: replica ${unhealthy[0]?.[0]} is unhealthy: ${unhealthy[0]?.[1]}`);
    await takeTime(run);
    log.info(`Transferring data to new replica: ${id}`);
    await deployReplica(dtrDir, config, store, {
      id,
      node: node.name,
      address: node.address,
      httpsPort: node.httpsPort,
      version: config.version,
    });
    log.info('Database successfully copied');
    log.info('Join is complete');
    const count = cluster.members().length;
    log.info(`There are currently ${count} replicas in your Docker Trusted Registry cluster`);
    if (count % 2 === 0)
      log.warn('You currently have an even number of replicas which can impact cluster availability');
  } finally {
    store.close();
  }
}
