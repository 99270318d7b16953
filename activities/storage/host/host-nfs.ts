// S1's checks of an export, from where DTR will use it: `showmount -e`, and a trial mount on every replica's host.

import type { AccessCheck } from '../../../contracts/storage-activities.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { RemoteHost } from '../../hosts/remote-host.ts';
import { type NfsExport, parseExport, showExports, tryMount } from './nfs-mount.ts';

/** A host or server that is away is thrown: it says nothing about what is allowed. */
export async function checkExport(
  hosts: RemoteHost[],
  nfs: NfsExport,
  signal: AbortSignal,
): Promise<AccessCheck['actions']> {
  const actions: AccessCheck['actions'] = [];
  const attempt = async (action: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
      actions.push({ action, ok: true });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof TransshipError) || error.retryable) throw error;
      actions.push({ action, ok: false, problem: error.message });
    }
  };
  const { server, path, options } = parseExport(nfs);
  // Version 4 has paths of its own, and its servers need not speak the protocol that showmount asks.
  const isVersion4 = /(^|,)(nfs)?vers=4/.test(options);
  for (const host of hosts) {
    if (!isVersion4) {
      await attempt(`showmount -e ${server} from ${host.name}`, async () => {
        const exported = await showExports(host, server, signal);
        if (exported.some((folder) => path === folder || path.startsWith(`${folder.replace(/\/+$/, '')}/`)))
          return;
        const list = exported.join(', ') || 'nothing';
        throw new TransshipError('InvalidInput', `${server} does not export ${path}; it exports ${list}`);
      });
    }
    await attempt(`mount ${nfs.url} on ${host.name}`, () => tryMount(host, nfs, signal));
  }
  return actions;
}
