// What tests of copying stand on: new empty storages for every test, called `<kind>-a` and `<kind>-b`, a journal, and
// the activities of a worker that knows them. The file system is always there; a file asks for the servers that it needs.

import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Environment } from '../../activities/environment.ts';
import type { RemoteHost } from '../../activities/hosts/remote-host.ts';
import { openFilesystemStorage } from '../../activities/storage/filesystem/filesystem.ts';
import { openHostStorage } from '../../activities/storage/host/host.ts';
import { openStorageEntry } from '../../activities/storage/open-storage.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import type { Inventory, S3StorageEntry } from '../../contracts/inventory.ts';
import type { PassList, ShardResult, StorageActivities } from '../../contracts/storage-activities.ts';
import type { SshHost } from '../../lab/servers/ssh-hosts.ts';
import { openTestHost, startTestHosts, startTestS3, testSecrets } from '../conformance/servers.ts';
import { rowsIn } from '../journal/rows.ts';
import { sha256 } from '../support/digests.ts';
import { IMPATIENT, openingOf } from '../support/impatient.ts';
import { DEFAULT_COPYING } from './copying-policy.ts';
import { blobKey } from './registry-tree.ts';
import { forceClaim } from './force-claim.ts';
import { createStorageActivities } from './storage-activities.ts';

export const REPOSITORY = 'docker/registry/v2/repositories/team/app';

export const keyOfBlob = (bytes: Buffer): string => blobKey(sha256(bytes));

type Pass = { pass: number; source: string; destination: string; final?: boolean; needed?: string };

export const request = ({ pass, source, destination, needed }: Pass) => ({
  job: 'jobs/test',
  pass,
  source,
  destination,
  yieldTo: null,
  ...(needed !== undefined && { needed }),
});

/** The same storage, with some of its functions replaced. */
export const altered = (real: Storage, functions: object): Storage =>
  Object.assign(Object.create(real) as Storage, functions);

/** For the top of a test file. `hosts` names the hosts to start: storages of hosts lie on the first. */
export function copyingRig({ hosts = [], s3: withS3 = false }: { hosts?: string[]; s3?: boolean } = {}) {
  const storages = new Map<string, Storage>();
  const remoteHosts = new Map<string, RemoteHost>();
  const inventory = { journal: 'journal', storages: {}, copying: DEFAULT_COPYING } as unknown as Inventory;
  let dir = '';
  let run = 0;
  let ssh: Awaited<ReturnType<typeof startTestHosts>> | undefined;
  let s3: Awaited<ReturnType<typeof startTestS3>> | undefined;
  let activities: StorageActivities;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'transship-copying-'));
    if (hosts.length > 0) ssh = await startTestHosts(...hosts);
    for (const host of ssh?.hosts ?? []) remoteHosts.set(host.name, openTestHost(host));
    if (withS3) s3 = await startTestS3();
  });

  afterAll(async () => {
    for (const host of remoteHosts.values()) await host.close();
    await ssh?.stop();
    await s3?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  beforeEach(async () => {
    run += 1;
    storages.clear();
    inventory.storages = {};
    for (const name of ['journal', 'filesystem-a', 'filesystem-b']) {
      await mkdir(folderOf(name), { recursive: true });
      storages.set(name, openFilesystemStorage(folderOf(name)));
    }
    for (const side of ['a', 'b']) {
      if (hosts.length > 0) {
        await mkdir(folderOf(`host-${side}`));
        storages.set(`host-${side}`, openHostStorage(firstHost(), folderOf(`host-${side}`)));
      }
      if (withS3) storages.set(`s3-${side}`, await openS3(side));
    }
    activities = createStorageActivities({
      inventory,
      patience: IMPATIENT,
      openHost: (name: string) => Promise.resolve(remoteHosts.get(name)),
      openStorage: (name: string) => Promise.resolve(storage(name)),
    } as unknown as Environment);
  });

  /** Where a storage of a test lies; nothing is there under other names. */
  const folderOf = (name: string): string => join(dir, `run-${run}`, name);

  const firstHost = (): RemoteHost => remoteHosts.get(hosts[0] as string) as RemoteHost;

  const sshHost = (name: string): SshHost => ssh?.hosts.find((host) => host.name === name) as SshHost;

  const s3Server = () => {
    if (s3 === undefined) throw new Error('this file has not asked for S3');
    return s3;
  };

  /** Another connection to `s3-<side>`, for example by another way. */
  async function openS3(side: string, changes: Partial<S3StorageEntry> = {}): Promise<Storage> {
    const { entry, s3: server } = s3Server();
    const secrets = testSecrets(server);
    const opening = openingOf((ref) => Promise.resolve(secrets[(ref as { env: string }).env] ?? ''));
    return await openStorageEntry(
      's3',
      { ...entry, rootdirectory: `/run-${run}/${side}`, ...changes },
      opening,
    );
  }

  const storage = (name: string): Storage => storages.get(name) as Storage;

  async function put(name: string, key: string, bytes: Buffer | string): Promise<void> {
    await storage(name).write(key, Buffer.from(bytes), { size: Buffer.byteLength(bytes) });
  }

  /** Key and content of everything. */
  async function everything(name: string): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for await (const { key } of storage(name).list({})) {
      found[key] = sha256(await buffer(await storage(name).read(key)));
    }
    return found;
  }

  /** Runs one activity as a worker would. */
  async function perform<Name extends keyof StorageActivities>(
    environment: MockActivityEnvironment,
    name: Name,
    request: Parameters<StorageActivities[Name]>[0],
  ): Promise<Awaited<ReturnType<StorageActivities[Name]>>> {
    const activity = (given: never): Promise<unknown> => activities[name](given);
    const result: unknown = await environment.run(activity as never, request);
    return result as Awaited<ReturnType<StorageActivities[Name]>>;
  }

  /** As if the destination had been empty when it was claimed. */
  async function claimed({ source, destination }: Pass): Promise<void> {
    const sides = {
      journal: storage('journal'),
      source: storage(source),
      destination: storage(destination),
    };
    await forceClaim(sides, { job: 'jobs/test', source, destination });
  }

  async function plan(pass: Pass): Promise<PassList> {
    await claimed(pass);
    const environment = new MockActivityEnvironment();
    return await perform(environment, 'planPass', { ...request(pass), final: pass.final ?? false });
  }

  async function copyPass(pass: Pass): Promise<ShardResult[]> {
    const { shards } = await plan(pass);
    const results: ShardResult[] = [];
    for (let shard = 0; shard < shards; shard += 1) {
      results.push(await perform(new MockActivityEnvironment(), 'copyShard', { ...request(pass), shard }));
    }
    return results;
  }

  const lines = <T>(key: string): Promise<T[]> => rowsIn<T>(storage('journal'), key);

  /** A registry of some blobs, their links and a tag, with things that are not to be copied. */
  async function fillRegistry(name: string): Promise<{ blobs: Buffer[]; copied: string[] }> {
    const blobs = [randomBytes(100), randomBytes(5000), randomBytes(2_500_000), Buffer.alloc(0)];
    const copied: string[] = [];
    const add = async (key: string, bytes: Buffer | string): Promise<void> => {
      await put(name, key, bytes);
      copied.push(key);
    };
    for (const blob of blobs) {
      await add(keyOfBlob(blob), blob);
      await add(`${REPOSITORY}/_layers/sha256/${sha256(blob)}/link`, `sha256:${sha256(blob)}`);
    }
    await add(`${REPOSITORY}/_manifests/tags/latest/current/link`, `sha256:${sha256(blobs[0] as Buffer)}`);
    await add('docker/registry/v2/blobs/id/ab/abcdef/data', randomBytes(2_000_000));
    await put(name, `${REPOSITORY}/_uploads/some-id/data`, 'half an upload');
    await put(name, '.transship-probe/left', 'probe');
    return { blobs, copied };
  }

  return {
    storages,
    storage,
    inventory,
    folderOf,
    firstHost,
    sshHost,
    s3Server,
    openS3,
    put,
    everything,
    perform,
    claimed,
    plan,
    copyPass,
    lines,
    fillRegistry,
  };
}
