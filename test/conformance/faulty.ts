// The law of all storages, tried through a proxy that does what networks and overloaded servers do: no silent damage,
// ever. Whatever is asked for either fails with an error that says so, or is exactly done; seen at the server, past
// the faults.
//
// What no client can catch stays out of the law: a listing that leaves out an object every time it is asked, and a bit
// that changes in an object whose key tells no digest and of which the server tells none either.

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compareKeys } from '../../activities/storage/byte-order.ts';
import { openFilesystemStorage } from '../../activities/storage/filesystem/filesystem.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import { copyPass } from './engine.ts';
import {
  breachesAtDestination,
  breachesFromSource,
  breachesOf,
  outcomeOf,
  type Digests,
  type Outcome,
} from './faulty/laws.ts';
import { digestsOf, empty, fill, registryTree, type Tree } from './faulty/registry-tree.ts';
import type { Open, Opened } from './kinds/opened.ts';
import { keysOf } from './suite/subject.ts';
import { sha256 } from '../support/digests.ts';

const AT_ONCE = 50;
const SMALL_BYTES = 10_000;
const STATS = 6;

/** A fault that a proxy can be told to make. */
export type Disturbance = {
  name: string;
  /** Are bytes of answers changed or lost without a sign? Then a source can look damaged that is not. */
  changesAnswers?: boolean;
};

export type DisturbingProxy<D extends Disturbance> = {
  url: string;
  disturb: (fault: D | null) => void;
  log: string[];
  stop: () => Promise<void>;
};

export type FaultyKind<D extends Disturbance> = {
  kind: string;
  open: Open;
  faults: D[];
  startProxy: (server: string) => Promise<DisturbingProxy<D>>;
  /** Leaves one object out of one listing. */
  skipping: D[];
  /** Repeats pages of a listing; so many objects have more than one page. */
  repeating: { fault: D; objects: number }[];
  /** Just above the size from which the kind writes in another way, e.g. in blocks or segments; 0: there is none. */
  largestBytes: number;
  /** The server tells no digest of an object whose key tells none. */
  untold?: boolean;
};

export function faultyConformance<D extends Disturbance>(tried: FaultyKind<D>): void {
  describe(`a storage of kind ${tried.kind} behind a faulty proxy`, () => {
    const tree = registryTree(tried.largestBytes);
    const proxies: DisturbingProxy<D>[] = [];
    let opened: Opened;
    /** Filled once, and only read from. */
    let full: Storage;
    /** Beside it at the same server, and empty when a test begins. */
    let storage: Storage;
    let folder: string;
    /** Directories of the worker: the same tree, filled once, and an empty one for each test. */
    let fullLocal: Storage;
    let local: Storage;
    const disturb = (fault: D | null): void => {
      for (const proxy of proxies) proxy.disturb(fault);
    };
    const hits = (): number => proxies.reduce((sum, { log }) => sum + log.length, 0);
    const during = async <T>(fault: D, work: () => Promise<T>): Promise<Outcome<T>> => {
      disturb(fault);
      try {
        return await outcomeOf(work);
      } finally {
        disturb(null);
      }
    };

    beforeAll(async () => {
      opened = await tried.open(async (server) => {
        const proxy = await tried.startProxy(server);
        proxies.push(proxy);
        return proxy.url;
      });
      full = opened.storage;
      storage = await opened.beside();
      folder = await mkdtemp(join(tmpdir(), 'transship-faulty-'));
      await mkdir(join(folder, 'full'));
      fullLocal = openFilesystemStorage(join(folder, 'full'));
      await fill(fullLocal, tree);
      await fill(full, tree);
    });
    afterAll(async () => {
      await opened.stop();
      await rm(folder, { recursive: true });
      for (const proxy of proxies) await proxy.stop();
    });
    beforeEach(async () => {
      local = openFilesystemStorage(await mkdtemp(join(folder, 'empty-')));
      for (const { log } of proxies) log.length = 0;
    });
    afterEach(async () => {
      await empty(storage);
    });

    describe.each(tried.faults)('$name', (fault) => {
      test('as a destination: what is said to be copied is there, and nothing else', async () => {
        const outcome = await during(fault, () => copyPass(fullLocal, storage));
        expect(breachesAtDestination(outcome, await everythingOf(storage), tree)).toEqual([]);
      });

      test('as a source: nothing wrong arrives, nothing is taken for gone', async () => {
        const outcome = await during(fault, () => copyPass(full, local));
        const changesAnswers = fault.changesAnswers === true;
        const untold = changesAnswers && tried.untold === true;
        const there = await everythingOf(local);
        expect(breachesFromSource(outcome, there, tree, { changesAnswers, untold })).toEqual([]);
      });

      test('listings, stats, copies and removals', async () => {
        const small: Tree = new Map([...tree].filter(([, body]) => body.length < SMALL_BYTES));
        await fill(storage, small);
        const keys = [...small.keys()].sort(compareKeys);
        const breaches: string[] = [];

        const listed = await during(fault, () => keysOf(storage));
        breaches.push(...breachesOf('listing', listed, keys));

        for (const [key, body] of [...small].slice(0, STATS)) {
          const size = await during(fault, async () => (await storage.stat(key))?.size);
          breaches.push(...breachesOf(`size of ${key}`, size, body.length));
        }

        const [from = ''] = keys;
        // Whether these are the right bytes is for the reader's digest to tell, as in the tests above.
        await during(fault, async () => await buffer(await storage.read(from)));
        const copied = await during(fault, () => storage.copyWithin(from, 'copy/of/it'));
        const copy = (await everythingOf(storage))['copy/of/it'];
        const may = [digestsOf(small)[from], ...('failed' in copied ? [undefined] : [])];
        if (!may.includes(copy)) breaches.push(`the copy has ${copy}`);

        const gone = [...keys.filter((_, n) => n % 2 === 0), 'copy/of/it'];
        const kept = keys.filter((_, n) => n % 2 === 1);
        const removed = await during(fault, () => storage.remove(gone));
        const left = await keysOf(storage);
        const stay = 'failed' in removed ? left.filter((key) => gone.includes(key)) : [];
        expect(breaches).toEqual([]);
        expect(left).toEqual([...kept, ...stay].sort(compareKeys));
        expect(hits()).toBeGreaterThan(0);
      });
    });

    test.each(tried.repeating)(
      '$objects objects whose pages repeat are all listed, or an error',
      async (given) => {
        const keys = Array.from({ length: given.objects }, (_, n) => `many/${String(n).padStart(5, '0')}`);
        for (let start = 0; start < keys.length; start += AT_ONCE) {
          const some = keys.slice(start, start + AT_ONCE);
          await Promise.all(some.map((key) => storage.write(key, Buffer.from(key), { size: key.length })));
        }
        const listed = await during(given.fault, () => keysOf(storage));
        expect(hits()).toBeGreaterThan(1);
        expect(breachesOf('listing', listed, keys)).toEqual([]);
      },
    );

    test.each(tried.skipping)(
      'what one listing of the source left out stays at the destination',
      async (fault) => {
        await copyPass(full, local);
        const outcome = await during(fault, () => copyPass(full, local, { final: true }));
        expect(hits()).toBe(1);
        expect('failed' in outcome && outcome.failed.type).toBe('SourceUnstable');
        expect(await everythingOf(local)).toEqual(digestsOf(tree));
      },
    );

    test('a source that was read through every fault is as it was', async () => {
      expect(await everythingOf(full)).toEqual(digestsOf(tree));
    });
  });
}

/** Of everything in the storage. */
export async function everythingOf(storage: Storage): Promise<Digests> {
  const found: Digests = {};
  for (const key of await lookedAt(() => keysOf(storage)))
    found[key] = sha256(await lookedAt(async () => await buffer(await storage.read(key))));
  return found;
}

/** A connection that a fault has cut may be noticed only by the next look at what it left. */
async function lookedAt<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
    return await look();
  }
}
