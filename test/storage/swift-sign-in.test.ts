// Signing in to Swift in every way that clouds offer: tempauth, Keystone v3 by project, domain and trust, and Keystone
// v2.0; renewing what was refused; and errors that give nothing away.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSwiftStorage } from '../../activities/storage/swift/swift.ts';
import { SwiftClient } from '../../activities/storage/swift/client.ts';
import type { SwiftStorageEntry } from '../../contracts/inventory.ts';
import {
  KEYSTONE_ADMIN,
  OTHER_REGION,
  REGION,
  startKeystone,
  stopKeystone,
  type Keystone,
} from '../../lab/servers/keystone.ts';
import { startKeystoneV2, type KeystoneV2 } from '../../lab/servers/keystone-v2.ts';
import { startTestSwift, type TestSwift } from '../conformance/swift-server.ts';
import { freePort } from '../../lab/free-port.ts';
import { openingOf } from '../support/impatient.ts';
import { sha256 } from '../support/digests.ts';

/** Knows users of its own, with tempauth, and takes tokens of Keystone. */
let server: TestSwift;
let keystone: Keystone;
let keystoneV2: KeystoneV2;

beforeAll(async () => {
  server = await startTestSwift();
  // Keystone must know where Swift is, and Swift where Keystone is.
  keystone = await startKeystone(server.dir, { port: await freePort(), swiftUrl: server.swift.url });
  await restart();
  keystoneV2 = await startKeystoneV2(keystone.url);
});
afterAll(async () => {
  await keystoneV2.close();
  await stopKeystone(server.dir);
  await server.stop();
});
const restart = (): Promise<void> => server.restart({ keystone: { url: keystone.url, ...KEYSTONE_ADMIN } });

const open = (entry: SwiftStorageEntry, password: string) =>
  openSwiftStorage(
    'images',
    entry,
    openingOf(() => Promise.resolve(password)),
  );

/** The registry's driver makes its container when it starts. */
async function makeContainer(entry: SwiftStorageEntry, password: string): Promise<void> {
  const client = await SwiftClient.open(
    'test',
    'test',
    entry,
    openingOf(() => Promise.resolve(password)),
  );
  await client.head({ method: 'PUT', container: entry.container, action: 'make' });
  await client.close();
}

async function expectToWork(entry: SwiftStorageEntry, password: string): Promise<void> {
  await makeContainer(entry, password);
  const storage = await open(entry, password);
  const key = `signed-in/${randomUUID()}`;
  await storage.write(key, Buffer.from('content'), { size: 7 });
  expect(await text(await storage.read(key))).toBe('content');
  await storage.remove([key]);
  await storage.close();
}

const keystoneEntry = (more: Partial<SwiftStorageEntry>): SwiftStorageEntry => ({
  ...server.entry,
  authurl: keystone.url,
  // The other region comes first in the catalogue.
  region: REGION,
  username: 'registry',
  ...more,
});

describe('signs in', () => {
  test('with tempauth, whose version the URL tells', async () => {
    await expectToWork(server.entry, server.swift.password);
    await expectToWork({ ...server.entry, authversion: 1 }, server.swift.password);
  });

  test('with Keystone v3 in its own domain, by name or id of the project', async () => {
    const { user } = keystone;
    await expectToWork(keystoneEntry({ tenant: user.project }), user.password);
    await expectToWork(keystoneEntry({ tenantid: user.projectId, authversion: 3 }), user.password);
  });

  test('with Keystone v3 in another domain, by its name or id', async () => {
    const { domainUser: user } = keystone;
    await expectToWork(keystoneEntry({ domain: user.domain, tenant: user.project }), user.password);
    await expectToWork(keystoneEntry({ domainid: user.domainId, tenantid: user.projectId }), user.password);
    // The user of that name in the other domain has another password.
    await expect(open(keystoneEntry({ tenant: user.project }), user.password)).rejects.toMatchObject({
      type: 'AccessDenied',
    });
  });

  test('with Keystone v3 and a trust, to the project of whoever trusts', async () => {
    const { trust, domainUser } = keystone;
    const owners = keystoneEntry({ domain: 'lab', tenant: domainUser.project });
    const trusted = keystoneEntry({ username: trust.username, domain: 'lab', trustid: trust.trustId });
    await expectToWork(trusted, trust.password);
    const [one, other] = [await open(owners, domainUser.password), await open(trusted, trust.password)];
    await one.write('shared', Buffer.from('of the trustor'), { size: 14 });
    expect(await text(await other.read('shared'))).toBe('of the trustor');
    await one.close();
    await other.close();
  });

  test('with Keystone v2.0, by name or id of the tenant', async () => {
    const { user } = keystone;
    const entry = { authurl: keystoneV2.url };
    await expectToWork(keystoneEntry({ ...entry, tenant: user.project }), user.password);
    await expectToWork(keystoneEntry({ ...entry, tenantid: user.projectId, authversion: 2 }), user.password);
  });

  test.each(['v2.0', 'v3'])(
    'and takes the endpoint of the region and of the type, from a catalogue of %s',
    async (version) => {
      const { user } = keystone;
      const authurl = version === 'v3' ? keystone.url : keystoneV2.url;
      const entry = keystoneEntry({ authurl, tenant: user.project });
      const accountOf = async (more: Partial<SwiftStorageEntry>): Promise<string> => {
        const client = await SwiftClient.open(
          'test',
          'test',
          { ...entry, ...more },
          openingOf(() => Promise.resolve(user.password)),
        );
        try {
          return await client.accountUrl();
        } finally {
          await client.close();
        }
      };
      expect(await accountOf({ region: REGION })).toBe(`${server.swift.url}/v1/KEY_${user.projectId}`);
      expect(await accountOf({ region: OTHER_REGION })).not.toContain(server.swift.url);
      expect(await accountOf({ region: REGION, endpointtype: 'internal' })).not.toContain(server.swift.url);
      await expect(accountOf({ region: 'none' })).rejects.toMatchObject({
        type: 'InvalidInput',
        message: expect.stringContaining('region none') as string,
      });
    },
  );
});

const forgetAllTokens = async (): Promise<void> => {
  const socket = connect(server.ports.memcached, '127.0.0.1');
  socket.write('flush_all\r\n');
  await once(socket, 'data');
  socket.destroy();
};

describe('a token that is refused', () => {
  test('is renewed with the secret as it is then, also for many requests at once', async () => {
    let asked = 0;
    let password = server.swift.password;
    const storage = await openSwiftStorage(
      'images',
      server.entry,
      openingOf(() => {
        asked += 1;
        return Promise.resolve(password);
      }),
    );
    const body = Buffer.alloc(6_000_000, 'x');
    const digest = sha256(body);
    await storage.write('old', Buffer.from('old'), { size: 3 });
    expect(asked).toBe(1);

    await forgetAllTokens();
    const reads = await Promise.all(
      Array.from({ length: 10 }, async () => await text(await storage.read('old'))),
    );
    expect(new Set(reads)).toEqual(new Set(['old']));
    expect(asked).toBe(2);

    await forgetAllTokens();
    // A stream can be sent once only, so that its token must be good before.
    await storage.write('new', Readable.from([body]), { size: body.length, sha256: digest });
    expect((await storage.stat('new'))?.size).toBe(body.length);

    await forgetAllTokens();
    password = 'rotated-but-wrong';
    const refused = await storage.stat('old').catch((error: unknown) => error);
    expect(refused).toMatchObject({ type: 'AccessDenied' });
    password = server.swift.password;
    expect(await text(await storage.read('old'))).toBe('old');
    await storage.remove(['old', 'new']);
    await storage.close();
  });

  test('and a password that is wrong stand in no error', async () => {
    const wrong = 'wrong-password-of-the-test';
    const entries = [
      server.entry,
      keystoneEntry({ tenant: 'images' }),
      keystoneEntry({ authurl: keystoneV2.url, tenant: 'images' }),
    ];
    for (const entry of entries) {
      const error: unknown = await open(entry, wrong).catch((refused: unknown) => refused);
      expect(error).toMatchObject({ type: 'AccessDenied' });
      expect(everythingIn(error)).not.toContain(wrong);
    }

    const storage = await open(server.entry, server.swift.password);
    const { token } = await server.account();
    const missing = await open({ ...server.entry, container: 'none' }, server.swift.password);
    const errors = [
      await missing.write('x', Buffer.from('x'), { size: 1 }).catch((error: unknown) => error),
      await Array.fromAsync(missing.list({})).catch((error: unknown) => error),
      await storage.read('none').catch((error: unknown) => error),
    ];
    await server.stopServers();
    errors.push(await storage.stat('x').catch((error: unknown) => error));
    await restart();
    for (const error of errors) {
      expect(error).toBeInstanceOf(Error);
      expect(everythingIn(error)).not.toContain(token);
      expect(everythingIn(error)).not.toContain(server.swift.password);
    }
    expect(errors.at(-1)).toMatchObject({ type: 'StorageUnavailable' });
    await storage.close();
    await missing.close();
  });
});

/** What a log could show of an error, with its causes. */
function everythingIn(error: unknown): string {
  const { message, stack, cause, ...others } = error as Error;
  return [message, stack, JSON.stringify(others), cause === undefined ? '' : everythingIn(cause)].join('\n');
}
