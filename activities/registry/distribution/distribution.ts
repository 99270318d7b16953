// What the files of this folder work with: a Distribution of the inventory, and each of its processes with the host and the
// file that it reads.

import type { DistributionRegistryEntry, DistributionReplicaEntry } from '../../../contracts/inventory.ts';
import type { Meter } from '../../concurrency/heartbeat.ts';
import type { Environment } from '../../environment.ts';
import { openLocalHost } from '../../hosts/local-host.ts';
import type { RemoteHost } from '../../hosts/remote-host.ts';
import type { Access } from '../access.ts';
import type { Replica } from '../control-plane.ts';
import type { RegistryV2Client } from '../images/registry-v2-client.ts';

export type DistributionReplica = Replica & { entry: DistributionReplicaEntry; host: RemoteHost };

export type Distribution = {
  name: string;
  entry: DistributionRegistryEntry;
  images: RegistryV2Client;
  replicas: DistributionReplica[];
  environment: Environment;
  meter: Meter;
};

export async function distributionOf(
  environment: Environment,
  { name, entry }: { name: string; entry: DistributionRegistryEntry },
  { images }: Access,
  meter: Meter,
): Promise<Distribution> {
  const hostOf = async ({ host }: DistributionReplicaEntry): Promise<RemoteHost> =>
    host === undefined ? openLocalHost(entry.stateDir) : await environment.openHost(host);
  return {
    name,
    entry,
    images: images(entry.url),
    replicas: await Promise.all(
      entry.replicas.map(async (replica) => ({
        id: replica.id,
        url: replica.url,
        images: images(replica.url),
        entry: replica,
        host: await hostOf(replica),
      })),
    ),
    environment,
    meter,
  };
}

export const without = (
  replicas: DistributionReplica[],
  ids: readonly string[] = [],
): DistributionReplica[] => replicas.filter(({ id }) => !ids.includes(id));
