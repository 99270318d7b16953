// Passes of copying between storages of every kind, on real servers.

import { once } from 'node:events';
import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Environment } from '../../activities/environment.ts';
import type { RemoteHost } from '../../activities/hosts/remote-host.ts';
import { withHeartbeat, type Meter } from '../../activities/concurrency/heartbeat.ts';
import { copyObject } from '../../activities/copying/copy-object.ts';
import { openFilesystemStorage } from '../../activities/storage/filesystem/filesystem.ts';
import { openHostStorage } from '../../activities/storage/host/host.ts';
import { openStorageEntry } from '../../activities/storage/open-storage.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { ObjectNotFoundError } from '../../activities/storage/errors.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import type { WorkItem, WorkResult } from '../../activities/copying/work-list.ts';
import type { Inventory, StorageEntry } from '../../contracts/inventory.ts';
import type {
  PassList,
  ShardResult,
  StorageActivities,
  AccessCheck,
} from '../../contracts/storage-activities.ts';
import type { S3Server } from '../../lab/servers/s3.ts';
import type { SshHost } from '../../lab/servers/ssh-hosts.ts';
import {
  openTestHost,
  startTestHosts,
  startTestS3,
  testSecrets,
  type TestServers,
} from '../conformance/servers.ts';
import { rowsIn } from '../journal/rows.ts';
import { DEFAULT_COPYING } from './copying-policy.ts';
import { createStorageActivities } from './storage-activities.ts';
import { IMPATIENT } from '../support/impatient.ts';

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
const blobKey = (bytes: Buffer): string => {
  const hex = sha256(bytes);
  return `docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`;
};
const REPOSITORY = 'docker/registry/v2/repositories/team/app';

let ssh: TestServers<{ hosts: SshHost[] }>;
let s3: TestServers<{ s3: S3Server; entry: Parameters<typeof openStorageEntry>[1] }>;
let host: RemoteHost;
let otherHost: RemoteHost;
let storages: Map<string, Storage>;
let activities: StorageActivities;
let inventory: Inventory;
let run = 0;

beforeAll(async () => {
  ssh = await startTestHosts('node-1', 'node-2');
  s3 = await startTestS3();
  host = openTestHost(ssh.hosts[0] as SshHost);
  otherHost = openTestHost(ssh.hosts[1] as SshHost);
});

afterAll(async () => {
  await host.close();
  await otherHost.close();
  await ssh.stop();
  await s3.stop();
});

/** New empty storages for every test: `<kind>-a`, `<kind>-b` and the journal. */
beforeEach(async () => {
  run += 1;
  const folder = async (name: string): Promise<string> => {
    const path = join(ssh.dir, `run-${run}`, name);
    await mkdir(path, { recursive: true });
    return path;
  };
  const secrets = testSecrets(s3.s3);
  const pieces = {
    resolveSecret: (ref: object) => Promise.resolve(secrets[(ref as { env: string }).env] ?? ''),
    openHost: () => Promise.resolve(host),
    patience: IMPATIENT,
  };
  storages = new Map([['journal', openFilesystemStorage(await folder('journal'))]]);
  for (const side of ['a', 'b']) {
    storages.set(`filesystem-${side}`, openFilesystemStorage(await folder(`filesystem-${side}`)));
    storages.set(`host-${side}`, openHostStorage(host, await folder(`host-${side}`)));
    storages.set(
      `s3-${side}`,
      await openStorageEntry('s3', { ...s3.entry, rootdirectory: `/run-${run}/${side}` } as never, pieces),
    );
  }
  inventory = { journal: 'journal', storages: {}, copying: DEFAULT_COPYING } as unknown as Inventory;
  activities = createStorageActivities({
    inventory,
    patience: IMPATIENT,
    openHost: () => Promise.resolve(otherHost),
    openStorage: (name: string) => Promise.resolve(storage(name)),
  } as unknown as Environment);
});

const storage = (name: string): Storage => storages.get(name) as Storage;

const put = async (name: string, key: string, bytes: Buffer | string): Promise<void> => {
  await storage(name).write(key, Buffer.from(bytes), { size: Buffer.byteLength(bytes) });
};

/** Key and content of everything. */
async function everything(name: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { key } of storage(name).list({})) {
    found[key] = sha256(await buffer(await storage(name).read(key)));
  }
  return found;
}

type Pass = { pass: number; source: string; destination: string; final?: boolean };

const request = ({ pass, source, destination }: Pass) => ({
  job: 'jobs/test',
  pass,
  source,
  destination,
  yieldTo: null,
});

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

async function plan(pass: Pass): Promise<PassList> {
  const environment = new MockActivityEnvironment();
  return await perform(environment, 'planPass', {
    ...request(pass),
    final: pass.final ?? false,
  });
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
    await add(blobKey(blob), blob);
    await add(`${REPOSITORY}/_layers/sha256/${sha256(blob)}/link`, `sha256:${sha256(blob)}`);
  }
  await add(`${REPOSITORY}/_manifests/tags/latest/current/link`, `sha256:${sha256(blobs[0] as Buffer)}`);
  await add('docker/registry/v2/blobs/id/ab/abcdef/data', randomBytes(2_000_000));
  await put(name, `${REPOSITORY}/_uploads/some-id/data`, 'half an upload');
  await put(name, '.transship-probe/left', 'probe');
  return { blobs, copied };
}

const PAIRS = [
  ['filesystem-a', 's3-b', 'server'],
  ['s3-a', 'filesystem-b', 'stream'],
  ['host-a', 's3-b', 'server'],
  ['s3-a', 'host-b', 'read-back'],
  ['filesystem-a', 'host-b', 'read-back'],
  ['host-a', 'filesystem-b', 'stream'],
  ['host-a', 'host-b', 'read-back'],
  ['filesystem-a', 'filesystem-b', 'stream'],
  ['s3-a', 's3-b', 'server'],
] as const;

describe.each(PAIRS)('from %s to %s', (source, destination, proof) => {
  test('everything arrives, proved, and then only what changed', async () => {
    const { blobs, copied } = await fillRegistry(source);
    const [first] = await copyPass({ pass: 1, source, destination });
    expect(first).toMatchObject({ copiedObjects: copied.length, damaged: 0, vanished: 0, removedObjects: 0 });
    expect(first?.proofs).toEqual({ [proof]: copied.length });
    const here = await everything(source);
    expect(await everything(destination)).toEqual(Object.fromEntries(copied.map((key) => [key, here[key]])));
    const results = await lines<WorkResult>('jobs/test/pass-1/result-00000.ndjson');
    expect(results).toContainEqual({
      key: blobKey(blobs[2] as Buffer),
      size: 2_500_000,
      sha256: sha256(blobs[2] as Buffer),
      proof,
    });

    expect((await plan({ pass: 2, source, destination })).shards).toBe(0);

    const young = randomBytes(3000);
    await put(source, blobKey(young), young);
    const tag = `${REPOSITORY}/_manifests/tags/latest/current/link`;
    await put(source, tag, `sha256:${sha256(young)}`);
    await storage(source).remove([blobKey(blobs[1] as Buffer)]);
    const online = await plan({ pass: 3, source, destination });
    expect(online).toMatchObject({ copyObjects: 2, removeObjects: 0 });
    const final = await copyPass({ pass: 4, source, destination, final: true });
    expect(final).toMatchObject([{ copiedObjects: 2, removedObjects: 1 }]);
    const work = await lines<WorkItem>('jobs/test/pass-4/work-00000.ndjson');
    expect(work.map(({ op, key }) => `${op} ${key}`).sort()).toEqual(
      [`copy ${blobKey(young)}`, `copy ${tag}`, `remove ${blobKey(blobs[1] as Buffer)}`].sort(),
    );
    const now = await everything(source);
    delete now[`${REPOSITORY}/_uploads/some-id/data`];
    delete now['.transship-probe/left'];
    expect(await everything(destination)).toEqual(now);
  });

  test('a damaged blob is named in every pass and never written, the others arrive', async () => {
    const { blobs, copied } = await fillRegistry(source);
    const small = blobs[1] as Buffer;
    const large = blobs[2] as Buffer;
    const link = `${REPOSITORY}/_layers/sha256/${sha256(small)}/link`;
    const flipped = Buffer.from(large);
    flipped[1_000_000] = (flipped[1_000_000] as number) ^ 4;
    await put(source, blobKey(large), flipped);
    await put(source, blobKey(small), small.subarray(1));
    await put(source, link, `sha256:${sha256(large)}`);
    // The destination has a good copy of one of them already.
    await put(destination, blobKey(small), small);
    for (const pass of [1, 2]) {
      const [result] = await copyPass({ pass, source, destination, final: pass === 2 });
      expect(result).toMatchObject({ damaged: 3, copiedObjects: pass === 1 ? copied.length - 3 : 0 });
      const results = await lines<WorkResult>(`jobs/test/pass-${pass}/result-00000.ndjson`);
      expect(results).toContainEqual({
        key: blobKey(large),
        size: large.length,
        damaged: { expected: sha256(large), actual: sha256(flipped) },
      });
      const there = await everything(destination);
      expect(there[blobKey(small)]).toBe(sha256(small));
      expect(there).not.toHaveProperty([blobKey(large)]);
      expect(there).not.toHaveProperty([link]);
    }
  });
});

describe('a shard', () => {
  const PASS = { pass: 1, source: 'filesystem-a', destination: 's3-b' };

  test('that was killed is finished by the next attempt, which does nothing twice', async () => {
    const many = Array.from({ length: 350 }, (_, n) => Buffer.from(`blob ${n}`));
    for (const blob of many) await put('filesystem-a', blobKey(blob), blob);
    expect(await plan(PASS)).toMatchObject({ shards: 1, copyObjects: 350 });
    const written: string[] = [];
    const real = storage('s3-b');
    const first = new MockActivityEnvironment({ attempt: 1 });
    let details: unknown;
    first.on('heartbeat', (news: unknown) => {
      details = news ?? details;
      if (((news as { done: number } | undefined)?.done ?? 0) >= 100) first.cancel('CANCELLED');
    });
    storages.set('s3-b', watched(real, written));
    await expect(perform(first, 'copyShard', { ...request(PASS), shard: 0 })).rejects.toMatchObject({
      name: 'CancelledFailure',
    });
    expect(details).toMatchObject({ v: 2, of: 350, uploads: {} });
    const beforeKill = await lines<WorkResult>('jobs/test/pass-1/result-00000.ndjson');
    expect(beforeKill.length).toBeGreaterThanOrEqual(100);
    expect(beforeKill.length).toBeLessThan(350);

    const again: string[] = [];
    storages.set('s3-b', watched(real, again));
    const second = new MockActivityEnvironment({ attempt: 2, heartbeatDetails: details });
    const result = await perform(second, 'copyShard', { ...request(PASS), shard: 0 });
    expect(result).toMatchObject({
      copiedObjects: 350,
      copiedBytes: many.reduce((sum, b) => sum + b.length, 0),
    });
    expect(again).toHaveLength(350 - beforeKill.length);
    const done = new Set(beforeKill.map(({ key }) => key));
    expect(again.filter((key) => done.has(key))).toEqual([]);
    expect(Object.keys(await everything('s3-b'))).toHaveLength(350);
  });

  test.each(['read', 'lent'])('that is cancelled while an object is %s leaves nothing of it', async (how) => {
    const blob = randomBytes(3_000_000);
    await put('filesystem-a', blobKey(blob), blob);
    await plan(PASS);
    const environment = new MockActivityEnvironment();
    const real = storage('filesystem-a');
    const first = async (key: string): Promise<Buffer> => {
      setTimeout(() => environment.cancel('CANCELLED'), 100);
      return (await buffer(await real.read(key))).subarray(0, 1_000_000);
    };
    const slow: Partial<Storage> = {
      async read(key) {
        const body = new PassThrough();
        body.write(await first(key));
        return body;
      },
      async *readLent(key, options) {
        yield await first(key);
        await once(options!.signal!, 'abort');
      },
    };
    const source = Object.assign(Object.create(real) as Storage, slow);
    storages.set('filesystem-a', how === 'lent' ? source : Object.assign(source, { readLent: undefined }));
    await expect(perform(environment, 'copyShard', { ...request(PASS), shard: 0 })).rejects.toMatchObject({
      name: 'CancelledFailure',
    });
    expect(await everything('s3-b')).toEqual({});
  });

  test('is not told of a vanished object when the destination does not show what it just got', async () => {
    const blob = randomBytes(2_000_000);
    await put('filesystem-a', blobKey(blob), blob);
    await plan(PASS);
    const real = storage('s3-b');
    const forgetful: Partial<Storage> = {
      writeLent: (key) => Promise.reject(new ObjectNotFoundError(key, real.describe)),
    };
    storages.set('s3-b', Object.assign(Object.create(real) as Storage, forgetful));
    await expect(
      perform(new MockActivityEnvironment(), 'copyShard', { ...request(PASS), shard: 0 }),
    ).rejects.toMatchObject({ type: 'StorageUnavailable' });
  });

  test('gets over a journal that fails once', async () => {
    const many = Array.from({ length: 350 }, (_, n) => Buffer.from(`blob ${n}`));
    for (const blob of many) await put('filesystem-a', blobKey(blob), blob);
    await plan(PASS);
    const real = storage('journal');
    let writes = 0;
    const failingOnce: Partial<Storage> = {
      write: async (...args) => {
        writes += 1;
        if (writes === 1) throw new Error('no space left, for a moment');
        return await real.write(...args);
      },
    };
    storages.set('journal', Object.assign(Object.create(real) as Storage, failingOnce));
    const result = await perform(new MockActivityEnvironment(), 'copyShard', { ...request(PASS), shard: 0 });
    expect(result).toMatchObject({ copiedObjects: 350 });
    expect(await lines('jobs/test/pass-1/result-00000.ndjson')).toHaveLength(350);
    expect(writes).toBeGreaterThan(1);
  });

  test('counts what vanished between planning and copying', async () => {
    const blobs = [randomBytes(10), randomBytes(2_000_000), randomBytes(20)];
    for (const blob of blobs) await put('filesystem-a', blobKey(blob), blob);
    await plan(PASS);
    await storage('filesystem-a').remove(blobs.slice(0, 2).map(blobKey));
    const result = await perform(new MockActivityEnvironment(), 'copyShard', {
      ...request(PASS),
      shard: 0,
    });
    expect(result).toMatchObject({ vanished: 2, copiedObjects: 1 });
  });

  test('takes an object that changed since the planning as it is now', async () => {
    const tag = `${REPOSITORY}/_manifests/tags/a/current/link`;
    await put('filesystem-a', tag, 'old');
    await put('filesystem-a', 'docker/registry/v2/blobs/id/ab/x/data', Buffer.alloc(2_000_000));
    await plan(PASS);
    await put('filesystem-a', tag, 'newer and longer');
    await put('filesystem-a', 'docker/registry/v2/blobs/id/ab/x/data', Buffer.alloc(2_100_000));
    await perform(new MockActivityEnvironment(), 'copyShard', { ...request(PASS), shard: 0 });
    expect(await everything('s3-b')).toEqual(await everything('filesystem-a'));
  });
});

/** Passes everything on to the S3 server, and tells of each part that it has taken. */
async function startPartCounter(
  taken: (part: number) => void,
): Promise<{ server: Server; endpoint: string }> {
  const { hostname, port } = new URL(s3.s3.endpoint);
  const server = createServer((request, response) => {
    const part = /^PUT .*[?&]partNumber=(\d+)/.exec(`${request.method} ${request.url}`)?.[1];
    const { method, url: path, headers } = request;
    const onwards = httpRequest({ hostname, port, method, path, headers }, (answer) => {
      if (part !== undefined && answer.statusCode === 200) taken(Number(part));
      response.writeHead(answer.statusCode as number, answer.headers);
      answer.pipe(response);
    });
    onwards.on('error', () => response.destroy());
    request.on('close', () => request.complete || onwards.destroy());
    request.pipe(onwards);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { server, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('a large object in parts', () => {
  const MIB = 1024 ** 2;
  const PASS = { pass: 1, source: 'filesystem-a', destination: 's3-b' };

  test('is gone on with by the next attempt, which sends no part again', async () => {
    const taken: number[] = [];
    let onTaken: (() => void) | undefined;
    const { server, endpoint } = await startPartCounter((part) => {
      taken.push(part);
      onTaken?.();
    });
    const secrets = testSecrets(s3.s3);
    const behind = await openStorageEntry(
      's3',
      { ...s3.entry, regionendpoint: endpoint, rootdirectory: `/run-${run}/b` } as never,
      {
        resolveSecret: (ref: object) => Promise.resolve(secrets[(ref as { env: string }).env] ?? ''),
        openHost: () => Promise.resolve(host),
        patience: IMPATIENT,
      },
    );
    storages.set(
      's3-b',
      Object.assign(Object.create(behind) as Storage, { limits: { ...behind.limits, parts: 10 * MIB } }),
    );
    const blob = randomBytes(70 * MIB);
    await put('filesystem-a', blobKey(blob), blob);
    await plan(PASS);

    const first = new MockActivityEnvironment({ attempt: 1 });
    let details: unknown;
    first.on('heartbeat', (news: unknown) => {
      details = news ?? details;
    });
    onTaken = () => {
      if (taken.length === 3) first.cancel('CANCELLED');
    };
    await expect(perform(first, 'copyShard', { ...request(PASS), shard: 0 })).rejects.toMatchObject({
      name: 'CancelledFailure',
    });
    expect(Object.keys((details as { uploads: object }).uploads)).toEqual([blobKey(blob)]);
    expect(JSON.stringify(details).length).toBeLessThan(2048);
    const before = [...taken];

    onTaken = undefined;
    taken.length = 0;
    const second = new MockActivityEnvironment({ attempt: 2, heartbeatDetails: details });
    second.on('heartbeat', (news: unknown) => {
      details = news ?? details;
    });
    const result = await perform(second, 'copyShard', { ...request(PASS), shard: 0 });
    expect(result).toMatchObject({ copiedObjects: 1, copiedBytes: blob.length });
    expect(taken.filter((part) => before.includes(part))).toEqual([]);
    expect([...before, ...taken].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await everything('s3-b')).toEqual({ [blobKey(blob)]: sha256(blob) });
    expect(details).toMatchObject({ done: 1, uploads: {} });
    server.close();
    await behind.close();
  });

  test('begins anew where the server has forgotten the upload, or the details are of another version', async () => {
    const real = storage('s3-b');
    storages.set(
      's3-b',
      Object.assign(Object.create(real) as Storage, { limits: { ...real.limits, parts: 10 * MIB } }),
    );
    for (const uploads of ['none', { key: 7 }, { upload: 'forgotten', partBytes: 8 * MIB }]) {
      const blob = randomBytes(20 * MIB);
      await put('filesystem-a', blobKey(blob), blob);
      const pass = { ...PASS, pass: run + JSON.stringify(uploads).length };
      await plan(pass);
      const environment = new MockActivityEnvironment({
        attempt: 2,
        heartbeatDetails: {
          v: 2,
          uploads: typeof uploads === 'string' ? uploads : { [blobKey(blob)]: uploads },
        },
      });
      const result = await perform(environment, 'copyShard', { ...request(pass), shard: 0 });
      expect(result).toMatchObject({ copiedObjects: 1 });
    }
    expect(await everything('s3-b')).toEqual(await everything('filesystem-a'));
  });
});

describe('small objects', () => {
  test('arrive one by one where a destination fails to take many, and a damaged one is named', async () => {
    const { copied } = await fillRegistry('filesystem-a');
    const damaged = Buffer.from('a damaged blob');
    await put('filesystem-a', blobKey(damaged), 'other bytes of it');
    const groups: number[] = [];
    const real = storage('filesystem-b');
    storages.set(
      'filesystem-b',
      Object.assign(Object.create(real) as Storage, {
        copyFrom: undefined,
        writeMany: (items: unknown[]) => {
          groups.push(items.length);
          return Promise.reject(new Error('too many'));
        },
      }),
    );
    const [result] = await copyPass({ pass: 1, source: 'filesystem-a', destination: 'filesystem-b' });
    expect(result).toMatchObject({ copiedObjects: copied.length, damaged: 1 });
    expect(groups.length).toBeGreaterThan(0);
    const there = await everything('filesystem-b');
    expect(Object.keys(there).sort()).toEqual([...copied].sort());
  });
});

const copying = (copyFrom: NonNullable<Storage['copyFrom']>): void => {
  storages.set(
    'filesystem-b',
    Object.assign(Object.create(storage('filesystem-b')) as Storage, { copyFrom, writeMany: undefined }),
  );
};

describe('a copy by the server', () => {
  const PASS = { pass: 1, source: 's3-a', destination: 'filesystem-b' };
  test('reads no byte of the objects that it proves, and only those of the others', async () => {
    const blobs = [randomBytes(100), randomBytes(2_000_000), randomBytes(200)];
    for (const blob of blobs) await put('s3-a', blobKey(blob), blob);
    const real = storage('filesystem-b');
    copying(async (_source, key, request) => {
      if (request.size === 200) return undefined;
      return await real.write(key, await s3a.read(key), request);
    });
    const s3a = storage('s3-a');
    const read: string[] = [];
    storages.set(
      's3-a',
      Object.assign(Object.create(s3a) as Storage, {
        read: (...args: Parameters<Storage['read']>) => {
          read.push(args[0]);
          return s3a.read(...args);
        },
        readMany: (...args: Parameters<Storage['readMany']>) => {
          read.push(...args[0]);
          return s3a.readMany(...args);
        },
      }),
    );
    expect(await copyPass(PASS)).toMatchObject([{ copiedObjects: 3 }]);
    expect(read).toEqual([blobKey(blobs[2] as Buffer)]);
    expect(await everything('filesystem-b')).toEqual(await everything('s3-a'));
  });

  test('that fails is made up for by the bytes, which tell what is the matter', async () => {
    const [good, damaged, gone] = [randomBytes(100), randomBytes(2_000_000), randomBytes(300)];
    for (const blob of [good, gone]) await put('s3-a', blobKey(blob), blob);
    await put('s3-a', blobKey(damaged), randomBytes(2_000_000));
    copying(() => Promise.reject(new Error('not today')));
    await plan(PASS);
    await storage('s3-a').remove([blobKey(gone)]);
    const result = await perform(new MockActivityEnvironment(), 'copyShard', { ...request(PASS), shard: 0 });
    expect(result).toMatchObject({ copiedObjects: 1, damaged: 1, vanished: 1 });
    expect(await everything('filesystem-b')).toEqual({ [blobKey(good)]: sha256(good) });
  });
});

/** Tells which keys are written. */
function watched(real: Storage, written: string[]): Storage {
  return {
    kind: real.kind,
    describe: real.describe,
    proof: real.proof,
    limits: real.limits,
    list: (options) => real.list(options),
    stat: (key, options) => real.stat(key, options),
    read: (key, options) => real.read(key, options),
    readMany: (keys, options) => real.readMany(keys, options),
    copyWithin: (from, to, options) => real.copyWithin(from, to, options),
    remove: (keys, options) => real.remove(keys, options),
    close: () => real.close(),
    write: async (...args: Parameters<Storage['write']>) => {
      const result = await real.write(...args);
      written.push(args[0]);
      return result;
    },
  };
}

const eio = (): Error => Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', syscall: 'read' });

/** The same storage, of which some objects cannot be read; the tar of a host gives zeros for them before it fails. */
function failing(real: Storage, fails: (key: string) => boolean): Storage {
  return Object.assign(Object.create(real) as Storage, {
    read: async (...[key, options]: Parameters<Storage['read']>): Promise<Readable> => {
      const body = await real.read(key, options);
      if (!fails(key)) return body;
      return Readable.from(
        (async function* () {
          for await (const chunk of body) {
            yield (chunk as Buffer).subarray(0, 10);
            throw eio();
          }
        })(),
      );
    },
    readMany: async function* (...[keys, options]: Parameters<Storage['readMany']>) {
      for await (const item of real.readMany(keys, options)) {
        if (fails(item.key)) yield { ...item, body: Readable.from([Buffer.alloc(item.size)]) };
        else yield item;
      }
      if (keys.some(fails)) throw eio();
    },
  });
}

describe('an object that cannot be read', () => {
  const pass = { source: 'filesystem-a', destination: 'filesystem-b' };

  test.each([1000, 2_000_000])('of %i bytes is named, and the others arrive', async (size) => {
    const [bad, good, small] = [randomBytes(size), randomBytes(size), randomBytes(500)];
    const tag = `${REPOSITORY}/_manifests/tags/latest/current/link`;
    for (const bytes of [bad, good, small]) await put('filesystem-a', blobKey(bytes), bytes);
    await put('filesystem-a', tag, 'sha256:some');
    await put('filesystem-b', tag, 'sha256:same');
    const bads = [blobKey(bad), tag];
    storages.set(
      'filesystem-a',
      failing(storage('filesystem-a'), (key) => bads.includes(key)),
    );
    const [result] = await copyPass({ ...pass, pass: 1 });
    expect(result).toMatchObject({ copiedObjects: 2, damaged: 2 });
    const results = await lines<WorkResult>('jobs/test/pass-1/result-00000.ndjson');
    expect(results).toContainEqual({
      key: blobKey(bad),
      size,
      damaged: { expected: sha256(bad), actual: 'unreadable' },
    });
    expect(await everything('filesystem-b')).toEqual({
      [blobKey(good)]: sha256(good),
      [blobKey(small)]: sha256(small),
      [tag]: sha256('sha256:same'),
    });
  });

  test('is no damage where nothing else can be read either', async () => {
    for (let n = 0; n < 3; n += 1) await put('filesystem-a', blobKey(Buffer.from([n])), Buffer.from([n]));
    await plan({ ...pass, pass: 1 });
    storages.set(
      'filesystem-a',
      failing(storage('filesystem-a'), () => true),
    );
    const shard = perform(new MockActivityEnvironment(), 'copyShard', {
      ...request({ ...pass, pass: 1 }),
      shard: 0,
    });
    await expect(shard).rejects.toMatchObject({ code: 'EIO' });
  });
});

describe('a destination that asks for patience', () => {
  test('gets it, and everything arrives', async () => {
    for (let n = 0; n < 5; n += 1) await put('filesystem-a', `n/${n}`, `content ${n}`);
    const real = storage('s3-b');
    let refusals = 0;
    storages.set(
      's3-b',
      Object.assign(Object.create(real) as Storage, {
        write: async (...args: Parameters<Storage['write']>) => {
          refusals += 1;
          if (refusals <= 4) throw new TransshipError('StorageUnavailable', 'SlowDown', { status: 503 });
          return await real.write(...args);
        },
      }),
    );
    expect(await copyPass({ pass: 1, source: 'filesystem-a', destination: 's3-b' })).toMatchObject([
      { copiedObjects: 5 },
    ]);
    expect(refusals).toBe(9);
  });
});

describe('a blob under a generated id', () => {
  const id = 'docker/registry/v2/blobs/id/ab/abcdef/data';

  test('is compared by the first pass and by no later one', async () => {
    const pass = { source: 'filesystem-a', destination: 's3-b' };
    await put('filesystem-a', id, randomBytes(100_000));
    await put('s3-b', id, randomBytes(100_000));
    expect(await plan({ ...pass, pass: 1 })).toMatchObject({ copyObjects: 1 });
    expect(await plan({ ...pass, pass: 2 })).toMatchObject({ copyObjects: 0 });
  });

  test('is proved by the server where the source can tell its digest', async () => {
    await put('host-a', id, randomBytes(9_000_000));
    const [result] = await copyPass({ pass: 1, source: 'host-a', destination: 's3-b' });
    expect(result?.proofs).toEqual({ server: 1 });
  });
});

const fill = async (name: string, count: number): Promise<void> => {
  for (let n = 0; n < count; n += 1) await put(name, `n/${n}`, 'x');
};

describe('removals of a final pass', () => {
  const pass = { pass: 2, source: 'filesystem-a', destination: 'filesystem-b', final: true };
  test('are refused when the source lists nothing', async () => {
    await fill('filesystem-b', 3);
    await expect(plan(pass)).rejects.toMatchObject({
      type: 'SourceUnstable',
      details: { sourceObjects: 0, destinationObjects: 3, removeObjects: 3 },
    });
    await expect(storage('journal').read('jobs/test/pass-2/list.json')).rejects.toThrow('no object');
  });

  test('are refused when they are more than 100 and a tenth of the destination', async () => {
    await fill('filesystem-a', 20);
    await fill('filesystem-b', 120);
    expect(await plan(pass)).toMatchObject({ removeObjects: 100 });
    await put('filesystem-b', 'n/more', 'x');
    await expect(plan({ ...pass, pass: 3 })).rejects.toMatchObject({ type: 'SourceUnstable' });
  });
});

describe('a removal', () => {
  test('is not made of an object that the source did not list but has', async () => {
    const pass = { pass: 2, source: 'filesystem-a', destination: 'filesystem-b', final: true };
    for (const name of ['filesystem-a', 'filesystem-b']) await fill(name, 3);
    await put('filesystem-b', 'really/gone', 'x');
    const real = storage('filesystem-a');
    storages.set(
      'filesystem-a',
      Object.assign(Object.create(real) as Storage, {
        async *list(...args: Parameters<Storage['list']>) {
          for await (const object of real.list(...args)) if (object.key !== 'n/1') yield object;
        },
      }),
    );
    await expect(copyPass(pass)).rejects.toMatchObject({
      type: 'SourceUnstable',
      details: { key: 'n/1' },
    });
    expect(Object.keys(await everything('filesystem-b'))).toEqual(['n/0', 'n/1', 'n/2', 'really/gone']);
    storages.set('filesystem-a', real);
    expect(await copyPass({ ...pass, pass: 3 })).toMatchObject([{ removedObjects: 1 }]);
    expect(await everything('filesystem-b')).toEqual(await everything('filesystem-a'));
  });
});

/** Counts the heartbeats of ten hours in which `work` waits for `wait`. */
async function beatsOf(work: (meter: Meter, wait: Promise<void>) => Promise<unknown>): Promise<number> {
  vi.useFakeTimers();
  const environment = new MockActivityEnvironment();
  let beats = 0;
  environment.on('heartbeat', () => (beats += 1));
  const { promise: wait, resolve: end } = Promise.withResolvers<void>();
  const measured = async (meter: Meter): Promise<void> => {
    const done = work(meter, wait);
    await vi.advanceTimersByTimeAsync(10 * 60 * 60 * 1000);
    end();
    await done;
  };
  await environment.run((() => withHeartbeat({ patience: IMPATIENT }, measured)) as never);
  return beats;
}

describe('a heartbeat', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('ends after a quarter of an hour of stillness, and for a listing after four hours', async () => {
    expect(await beatsOf((_progress, wait) => wait)).toBe(15 * 60 - 1);
    expect(await beatsOf((meter, wait) => meter.patiently(wait))).toBe(4 * 60 * 60 - 1);
  });

  test('goes on while the bytes of one object flow', async () => {
    const blob = randomBytes(3_000_000);
    await put('filesystem-a', blobKey(blob), blob);
    let moves = 0;
    const meter: Meter = {
      signal: new AbortController().signal,
      patience: IMPATIENT,
      moved: () => (moves += 1),
      patiently: (waited) => waited,
    };
    const object = { key: blobKey(blob), size: blob.length };
    await copyObject(storage('filesystem-a'), storage('filesystem-b'), object, meter);
    expect(moves).toBeGreaterThanOrEqual(3);
  });
});

const itemsOf = async (number: number, { shards }: PassList): Promise<WorkItem[]> => {
  const lists = [];
  for (let shard = 0; shard < shards; shard += 1)
    lists.push(...(await lines<WorkItem>(`jobs/test/pass-${number}/work-0000${shard}.ndjson`)));
  return lists;
};

/** A storage that lists these objects of five bytes, and must not be read. */
const listingOnly = (name: string, objects: object[]): void => {
  storages.set(
    name,
    Object.assign(Object.create(storage('filesystem-a')) as Storage, {
      async *list() {
        for (const object of objects) yield await Promise.resolve({ size: 5, ...object });
      },
      read: () => Promise.reject(new Error('was read')),
      readMany: () => {
        throw new Error('was read');
      },
    }),
  );
};

describe('planning', () => {
  test('cuts the work into shards by count and by size, once', async () => {
    for (let n = 0; n < 501; n += 1) await put('filesystem-a', `n/${String(n).padStart(4, '0')}`, 'x');
    const pass = { pass: 1, source: 'filesystem-a', destination: 'filesystem-b' };
    const planned = await plan(pass);
    expect(planned).toEqual({
      shards: 2,
      sourceObjects: 501,
      sourceBytes: 501,
      copyObjects: 501,
      copyBytes: 501,
      removeObjects: 0,
    });
    expect(await lines('jobs/test/pass-1/work-00000.ndjson')).toHaveLength(500);
    expect(await lines('jobs/test/pass-1/work-00001.ndjson')).toEqual([
      { op: 'copy', key: 'n/0500', size: 1 },
    ]);
    await put('filesystem-a', 'n/later', 'x');
    expect(await plan(pass)).toEqual(planned);
  });

  test('that was killed goes on behind its checkpoint, to the same work', async () => {
    const keys = Array.from({ length: 6000 }, (_, n) => `n/${String(n).padStart(5, '0')}`);
    const here = keys.filter((_, n) => n % 5 !== 3);
    const there = keys.filter((_, n) => n % 2 === 0 || n > 3000);
    const pass = { source: 'here', destination: 'there', final: true };
    let killed: MockActivityEnvironment | undefined;
    const asked: string[] = [];
    const listing = (name: string, listed: string[]): void => {
      const real = storage('filesystem-a');
      storages.set(
        name,
        Object.assign(Object.create(real) as Storage, {
          async *list({ after = '' }: { after?: string }) {
            asked.push(after);
            for (const key of listed) {
              if (key <= after) continue;
              if (key > 'n/04700') killed?.cancel('CANCELLED');
              // What is there is of another size now and then.
              yield await Promise.resolve({
                key,
                size: name === 'here' && key.endsWith('7') ? 9 : 1,
                md5: 'same',
              });
            }
          },
        }),
      );
    };
    listing('here', here);
    listing(
      'there',
      there.filter((key) => here.includes(key) || key.endsWith('3')),
    );
    const whole = await plan({ ...pass, pass: 1 });
    killed = new MockActivityEnvironment({ attempt: 1 });
    let details: unknown;
    killed.on('heartbeat', (news: unknown) => {
      details = news ?? details;
    });
    const interrupted = { ...request({ ...pass, pass: 2 }), final: true };
    await expect(perform(killed, 'planPass', interrupted)).rejects.toMatchObject({
      name: 'CancelledFailure',
    });
    const { after } = details as { after: string };
    expect(after > 'n/01000' && after < 'n/04700').toBe(true);

    killed = undefined;
    asked.length = 0;
    const second = new MockActivityEnvironment({ attempt: 2, heartbeatDetails: details });
    expect(await perform(second, 'planPass', interrupted)).toEqual(whole);
    expect(asked).toEqual([after, after]);
    expect(await itemsOf(2, whole)).toEqual(await itemsOf(1, whole));
  });

  test('believes what the listings tell before it reads', async () => {
    const damaged = blobKey(Buffer.from('five!'));
    listingOnly('here', [
      { key: damaged },
      { key: 'n/1', md5: 'a' },
      { key: 'n/2', md5: 'a' },
      { key: 'n/3', sha256: 'a', md5: 'b' },
      { key: 'n/4', sha256: 'a', md5: 'b' },
    ]);
    listingOnly('there', [
      { key: damaged, sha256: 'other' },
      { key: 'n/1', md5: 'a' },
      { key: 'n/2', md5: 'b' },
      { key: 'n/3', sha256: 'a', md5: 'c' },
      { key: 'n/4', sha256: 'b', md5: 'b' },
    ]);
    await plan({ pass: 1, source: 'here', destination: 'there' });
    const work = await lines<WorkItem>('jobs/test/pass-1/work-00000.ndjson');
    expect(work.map(({ key }) => key)).toEqual([damaged, 'n/2', 'n/4']);
  });

  test('fails when a listing goes back, says something twice, or begins before where it should', async () => {
    for (const keys of [['a', 'c', 'b'], ['a', 'a'], ['0']]) {
      storages.set(
        'wrong',
        Object.assign(Object.create(storage('filesystem-a')) as Storage, {
          async *list() {
            for (const key of keys) yield await Promise.resolve({ key, size: 1 });
          },
        }),
      );
      const environment = new MockActivityEnvironment({
        heartbeatDetails: {
          v: 1,
          after: '1',
          list: {
            shards: 0,
            sourceObjects: 0,
            sourceBytes: 0,
            copyObjects: 0,
            copyBytes: 0,
            removeObjects: 0,
          },
          destinationObjects: 0,
        },
      });
      const wrong = { ...request({ pass: 1, source: 'wrong', destination: 'filesystem-b' }), final: false };
      await expect(perform(environment, 'planPass', wrong)).rejects.toThrow(/out of order|begins with/);
    }
  });

  test('fails when the source is not there, and lists nothing for removal', async () => {
    storages.set('gone', openFilesystemStorage(join(ssh.dir, 'not mounted')));
    storages.set('gone-host', openHostStorage(host, join(ssh.dir, 'not mounted')));
    await put('filesystem-b', 'a', 'x');
    for (const source of ['gone', 'gone-host']) {
      await expect(plan({ pass: 1, source, destination: 'filesystem-b', final: true })).rejects.toMatchObject(
        {
          type: 'StorageUnavailable',
        },
      );
    }
  });
});

const claim = async (source: string, destination: string): Promise<void> =>
  await perform(new MockActivityEnvironment(), 'claimDestination', {
    job: 'jobs/test',
    source,
    destination,
  });

const check = async (name: string, writable: boolean): Promise<AccessCheck> => {
  const environment = new MockActivityEnvironment();
  return await perform(environment, 'checkAccess', { storage: name, writable });
};

describe('a destination', () => {
  test('that is empty is claimed, and may be claimed again for the same source only', async () => {
    await put('s3-b', '.transship-probe/left', 'x');
    await claim('filesystem-a', 's3-b');
    await put('s3-b', 'docker/some', 'x');
    await claim('filesystem-a', 's3-b');
    await expect(claim('host-a', 's3-b')).rejects.toMatchObject({ type: 'DestinationNotEmpty' });
  });

  test('that holds what nobody claimed is refused with examples', async () => {
    await put('host-b', 'somebody/elses', 'x');
    await expect(claim('filesystem-a', 'host-b')).rejects.toMatchObject({
      type: 'DestinationNotEmpty',
      details: { examples: ['somebody/elses'] },
    });
  });
});

describe('a claim', () => {
  test.each(['filesystem-a', 'host-b'])('ends when %s means another place', async (name) => {
    await claim('filesystem-a', 'host-b');
    await put('host-b', 'docker/some', 'x');
    storages.set(name, Object.assign(Object.create(storage(name)) as Storage, { describe: 'elsewhere' }));
    await expect(claim('filesystem-a', 'host-b')).rejects.toMatchObject({ type: 'DestinationNotEmpty' });
  });
});

const shared = async (hosts: string[], writable = true): Promise<AccessCheck['actions']> => {
  const request = { storage: 'host-a', writable, hosts };
  const { actions } = await perform(new MockActivityEnvironment(), 'checkAccess', request);
  return actions.filter(({ action }) => action.startsWith('be shared'));
};
const entry = (place: object): void => {
  inventory.storages['host-a'] = { kind: 'host', host: 'node-1', ...place } as StorageEntry;
};

describe('a check of a host storage', () => {
  test('looks for the path on the other hosts', async () => {
    entry({ path: join(ssh.dir, `run-${run}`, 'host-a') });
    expect(await shared(['node-2'])).toEqual([{ action: 'be shared with node-2', ok: true }]);
    expect(await shared(['node-2'], false)).toEqual([]);
    entry({ path: join(ssh.dir, `run-${run}`, 'host-b') });
    expect(await shared(['node-2'])).toMatchObject([
      {
        action: 'be shared with node-2',
        ok: false,
        problem: expect.stringContaining('not the same') as string,
      },
    ]);
    entry({ path: join(ssh.dir, 'nowhere') });
    expect(await shared(['node-2'])).toMatchObject([
      { ok: false, problem: expect.stringContaining('does not exist') as string },
    ]);
  });

  test('asks Docker on the other hosts for the volume', async () => {
    entry({ volume: 'images' });
    const docker = join((ssh.hosts[1] as SshHost).binDir, 'docker');
    const answer = async (line: string): Promise<void> => {
      await writeFile(docker, `#!/bin/sh\n${line}\n`);
      await chmod(docker, 0o755);
    };
    const Mountpoint = join(ssh.dir, `run-${run}`, 'host-a');
    await answer(`echo '${JSON.stringify([{ Mountpoint }])}'`);
    expect(await shared(['node-2'])).toMatchObject([{ ok: true }]);
    await answer('echo "no such volume: $3" >&2; exit 1');
    expect(await shared(['node-2'])).toMatchObject([
      { ok: false, problem: expect.stringContaining('no such volume: images') as string },
    ]);
    expect(await everything('host-a')).toEqual({});
  });
});

describe('the keys of an S3 storage', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('are asked for again after a minute, and not before', async () => {
    let secret = 'wrong';
    let asked = 0;
    const rotating = await openStorageEntry('s3', s3.entry, {
      openHost: () => Promise.resolve(host),
      patience: IMPATIENT,
      resolveSecret: async (ref) => {
        asked += 1;
        return (ref as { env: string }).env === 'ACCESS' ? s3.s3.accessKey : secret;
      },
    });
    vi.useFakeTimers({ toFake: ['Date'] });
    const stat = () => rotating.stat('none');
    await expect(stat()).rejects.toMatchObject({ type: 'AccessDenied' });
    secret = s3.s3.secretKey;
    await expect(stat()).rejects.toMatchObject({ type: 'AccessDenied' });
    expect(asked).toBe(2);
    vi.setSystemTime(Date.now() + 60_000);
    expect(await stat()).toBeUndefined();
    expect(asked).toBe(4);
    await rotating.close();
  });
});

describe('a check', () => {
  test.each([
    ['filesystem-a', 'stream'],
    ['host-a', 'read-back'],
    ['s3-a', 'server'],
  ])('of %s tries every action and leaves nothing', async (name, proof) => {
    const found = await check(name, true);
    expect(found.actions).toEqual(
      ['list', 'write', 'read', 'copy', 'remove'].map((action) => ({ action, ok: true })),
    );
    expect(found.proof).toBe(proof);
    expect(found.proofNote === null).toBe(proof === 'server');
    expect(await everything(name)).toEqual({});
  });

  test('names each action that is refused', async () => {
    const pieces = {
      resolveSecret: () => Promise.resolve('wrong'),
      openHost: () => Promise.resolve(host),
      patience: IMPATIENT,
    };
    storages.set('wrong-keys', await openStorageEntry('s3', s3.entry, pieces));
    const found = await check('wrong-keys', true);
    expect(found.actions.map(({ action, ok }) => [action, ok])).toEqual([
      ['list', false],
      ['write', false],
    ]);
    expect(JSON.stringify(found)).not.toContain(s3.s3.secretKey);
  });

  test('measures without what is not copied', async () => {
    await mkdir(dirname(join(ssh.dir, `run-${run}`, 'filesystem-a', REPOSITORY, '_uploads/x/data')), {
      recursive: true,
    });
    await writeFile(join(ssh.dir, `run-${run}`, 'filesystem-a', REPOSITORY, '_uploads/x/data'), 'half');
    await put('filesystem-a', 'a', '12345');
    await put('filesystem-a', 'b', '12');
    const size = await perform(new MockActivityEnvironment(), 'measureStorage', {
      storage: 'filesystem-a',
    });
    expect(size).toEqual({ objects: 2, bytes: 7, largestBytes: 5 });
    expect(await readFile(join(ssh.dir, `run-${run}`, 'filesystem-a', 'a'), 'utf8')).toBe('12345');
  });
});
