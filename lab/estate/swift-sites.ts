// OpenStack Swift in the lab: two containers of one tempauth account.

import { secretFile } from './lab-config.ts';
import { type OpenedStorage, SITE_NAMES } from './sites.ts';
import { startSwift, swiftAccount } from '../servers/swift.ts';
import type { SwiftPorts } from '../servers/swift-config.ts';

const PREFIX = 'dtr';
const CHUNK_BYTES = 5 * 1024 * 1024;

export async function openSwiftSites(dir: string, ports: SwiftPorts): Promise<OpenedStorage> {
  const server = await startSwift(dir, { ports, containers: Object.values(SITE_NAMES) });
  const passwordFile = await secretFile(dir, 'swift-password', server.password);
  const common = {
    authurl: server.authUrl,
    username: server.username,
    prefix: PREFIX,
    chunksize: CHUNK_BYTES,
    endpointtype: 'public' as const,
    insecureskipverify: false,
  };
  return {
    entry: (site) => ({
      kind: 'swift',
      ...common,
      password: { file: passwordFile },
      container: SITE_NAMES[site],
    }),
    section: (site) => ({
      swift: { ...common, password: server.password, container: SITE_NAMES[site] },
    }),
    clear: async (site) => {
      const { url, token } = await swiftAccount(server);
      const headers = { 'x-auth-token': token };
      const container = SITE_NAMES[site];
      for (;;) {
        const listing = await (await fetch(`${url}/${container}`, { headers })).text();
        const names = listing.split('\n').filter((name) => name !== '');
        if (names.length === 0) return;
        await fetch(`${url}?bulk-delete`, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'text/plain' },
          body: names.map((name) => encodeURIComponent(`${container}/${name}`)).join('\n'),
        });
      }
    },
  };
}
