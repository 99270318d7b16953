// Swift on Debian's own servers.

import { openStorageEntry } from '../../../activities/storage/open-storage.ts';
import type { Storage } from '../../../activities/storage/storage.ts';
import type { SwiftPorts } from '../../../lab/servers/swift-config.ts';
import { startSwift } from '../../../lab/servers/swift.ts';
import { sharedServer } from '../../support/shared-server.ts';
import { swiftEntryOf, unusedSegments } from '../swift-server.ts';
import type { Open } from './opened.ts';
import { openingOf } from '../../support/impatient.ts';

const PREFIX = 'registry';
const PORTS: (keyof SwiftPorts)[] = ['proxy', 'account', 'container', 'object', 'memcached'];

export const sharedSwift = () =>
  sharedServer('swift', PORTS, ({ dir, ports, own }) => startSwift(dir, { ports, containers: [own] }));

export const open: Open = async (via) => {
  const { server: swift, own } = await sharedSwift();
  const entry = swiftEntryOf(swift, own);
  // The URL of the account follows the name that the server is asked under.
  const authurl = `${(await via?.(swift.url)) ?? swift.url}/auth/v1.0`;
  const at = async (prefix: string): Promise<Storage> =>
    await openStorageEntry(
      'swift',
      { ...entry, authurl, prefix },
      openingOf(() => Promise.resolve(swift.password)),
    );
  const storages = [await at(PREFIX)];
  return {
    storage: storages[0] as Storage,
    beside: async () => {
      const other = await at('other');
      storages.push(other);
      return other;
    },
    largePages: true,
    driver: {
      swift: {
        ...{ username: swift.username, password: swift.password, authurl, authversion: 1 },
        ...{ container: entry.container, chunksize: entry.chunksize, prefix: PREFIX },
      },
    },
    remains: () => unusedSegments(swift, entry.container),
    stop: async () => {
      for (const storage of storages) await storage.close();
    },
  };
};
