// The access check of a storage of the inventory: what may be done with it, and what the hosts that are to use it see of it.

import type { AccessCheck, StorageActivities } from '../../contracts/storage-activities.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import type { Environment } from '../environment.ts';
import { checkExport } from '../storage/host/host-nfs.ts';
import { openOnHost } from '../storage/host/open-on-host.ts';
import { checkAccess } from './check-access.ts';
import { looksFrom } from './look-at-host.ts';

type Request = Parameters<StorageActivities['checkAccess']>[0];

export async function checkStorage(
  environment: Environment,
  { storage, writable, hosts = [] }: Request,
  meter: Meter,
): Promise<AccessCheck> {
  const entry = environment.inventory.storages[storage];
  const seen =
    hosts.length === 0 || entry === undefined
      ? {}
      : { hosts: await looksFrom(environment, hosts, entry, meter.signal) };
  const onHost = entry?.kind === 'host' ? entry : undefined;
  const sharers = (onHost === undefined ? [] : hosts).map((host) => ({
    host,
    open: async () => openOnHost(storage, onHost!, await environment.openHost(host)),
  }));
  const nfs = onHost?.nfs;
  const exported =
    nfs === undefined
      ? []
      : await checkExport(
          await Promise.all([...new Set([onHost!.host, ...hosts])].map((host) => environment.openHost(host))),
          nfs,
          meter.signal,
        );
  if (exported.some(({ ok }) => !ok)) {
    const describe = `NFS export ${nfs?.url} on host ${onHost?.host}`;
    return { describe, actions: exported, proof: 'read-back', proofNote: null, ...seen };
  }
  const check = await checkAccess(await environment.openStorage(storage), writable, sharers, meter);
  return { ...check, actions: [...exported, ...check.actions], ...seen };
}
