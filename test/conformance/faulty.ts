// The law of all storages, tried through a proxy that does what networks and overloaded servers do: no silent damage,
// ever. Whatever is asked for either fails with an error that says so, or is exactly done; seen at the server, past
// the faults.
//
// What no client can catch stays out of the law: a listing that leaves out an object every time it is asked, and a bit
// that changes in an object whose key tells no digest and of which the server tells none either.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compareKeys } from '../../activities/storage/byte-order.ts';
import { openFilesystemStorage } from '../../activities/storage/filesystem.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import { fixedContent } from '../../domain/content-address.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { copyPass, persistently, type PassOutcome } from './engine.ts';
import { digestsOf, empty, fill, registryTree, type Tree } from './faulty/registry-tree.ts';
import type { Open, Opened } from './kinds/opened.ts';
import { keysOf, sha256 } from './suite/subject.ts';

const AT_ONCE = 50;

/** A fault that a proxy can be told to make. */
export type Disturbance = {
  name: string;
  /** Are bytes of answers changed or lost without a sign? Then a source can look damaged that is not. */
  changesAnswers?: boolean;
};

export type DisturbingProxy<D extends Disturbance> = {
  url: string;
  disturb(fault: D | null): void;
  log: string[];
  stop(): Promise<void>;
};

export function faultyConformance<D extends Disturbance>(
  kind: string,
  open: Open,
  faults: D[],
  startProxy: (server: string) => Promise<DisturbingProxy<D>>,
  special: {
    /** Leaves one object out of one listing. */
    skipping?: D;
    /** Repeats pages; `objects` have more than one page. */
    repeating?: { fault: D; objects: number };
  } = {},
): void {
  const { skipping, repeating } = special;
  describe(`a storage of kind ${kind} behind a faulty proxy`, () => {
    const tree = registryTree();
    const proxies: DisturbingProxy<D>[] = [];
    let opened: Opened;
    let storage: Storage;
    let folder: string;
    let local: Storage;
    const disturb = (fault: D | null): void => {
      for (const proxy of proxies) proxy.disturb(fault);
    };
    const hits = (): number => proxies.reduce((sum, { log }) => sum + log.length, 0);

    beforeAll(async () => {
      opened = await open(async (server) => {
        const proxy = await startProxy(server);
        proxies.push(proxy);
        return proxy.url;
      });
      storage = opened.storage;
    });
    afterAll(async () => {
      disturb(null);
      await opened.stop();
      for (const proxy of proxies) await proxy.stop();
    });
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'transship-faulty-'));
      local = openFilesystemStorage(folder);
      for (const { log } of proxies) log.length = 0;
    });
    afterEach(async () => {
      disturb(null);
      await empty(storage);
      await rm(folder, { recursive: true });
    });

    describe.each(faults)('$name', (fault) => {
      const during = async <T>(work: () => Promise<T>): Promise<T | TransshipError> => {
        disturb(fault);
        try {
          return await persistently(work);
        } catch (error) {
          expect(error).toBeInstanceOf(TransshipError);
          return error as TransshipError;
        } finally {
          disturb(null);
        }
      };

      test('as a destination: what is said to be copied is there, and nothing else', async () => {
        await fill(local, tree);
        const outcome = await during(() => copyPass(local, storage));
        const there = await everythingOf(storage);
        expect(onlyRight(there, tree)).toEqual({});
        if (outcome instanceof TransshipError) return;
        expect(outcome.shards.reduce((sum, { damaged, vanished }) => sum + damaged + vanished, 0)).toBe(0);
        expect(there).toEqual(digestsOf(tree));
        for (const { key, ...proved } of outcome.results) {
          if ('sha256' in proved) expect([key, proved.sha256]).toEqual([key, there[key]]);
        }
      });

      test('as a source: nothing wrong arrives, nothing is taken for gone', async () => {
        await fill(storage, tree);
        const outcome = await during(() => copyPass(storage, local));
        const there = await everythingOf(local);
        expectRightWhere(storage, fault, there, tree);
        if (outcome instanceof TransshipError) return;
        expectNothingLost(outcome, fault);
        if (outcome.shards.every(({ damaged }) => damaged === 0)) {
          expect(Object.keys(there).length).toBe(tree.size);
        }
      });

      test('listings, stats, reads, copies and removals', async () => {
        const small: Tree = new Map([...tree].filter(([, body]) => body.length < 10_000));
        await fill(storage, small);
        const names = [...small.keys()].sort(compareKeys);

        const listed = await during(() => keysOf(storage));
        if (!(listed instanceof TransshipError)) expect(listed).toEqual(names);

        for (const [key, body] of [...small].slice(0, 6)) {
          const stat = await during(async () => (await storage.stat(key)) ?? 'none');
          if (!(stat instanceof TransshipError)) expect(stat).toMatchObject({ size: body.length });
        }

        const [from = ''] = names;
        const copied = await during(async () => {
          await storage.copyWithin(from, 'copy/of/it');
          return 'done';
        });
        const copy = (await everythingOf(storage))['copy/of/it'];
        expect(copied === 'done' ? [digestsOf(small)[from]] : [undefined, digestsOf(small)[from]]).toContain(
          copy,
        );
        await storage.remove(['copy/of/it']);

        const gone = names.filter((_, n) => n % 2 === 0);
        const kept = names.filter((_, n) => n % 2 === 1);
        const removed = await during(async () => {
          await storage.remove(gone);
          return 'done';
        });
        const left = await keysOf(storage);
        expect(left).toEqual(expect.arrayContaining(kept));
        if (removed === 'done') expect(left).toEqual(kept);
        expect(hits()).toBeGreaterThan(0);
      });
    });

    test.runIf(repeating)('a listing whose pages repeat is an error or complete', async () => {
      const { fault, objects } = repeating as { fault: D; objects: number };
      const keys = Array.from({ length: objects }, (_, n) => `many/${String(n).padStart(5, '0')}`);
      for (let start = 0; start < objects; start += AT_ONCE) {
        const some = keys.slice(start, start + AT_ONCE);
        await Promise.all(some.map((key) => storage.write(key, Buffer.from(key), { size: key.length })));
      }
      disturb(fault);
      const listed = await keysOf(storage).catch((error: unknown) => error);
      expect(hits()).toBeGreaterThan(1);
      disturb(null);
      if (listed instanceof Error) expect(listed).toBeInstanceOf(TransshipError);
      else expect(listed).toEqual(keys);
    });

    test.runIf(skipping)(
      'what one listing of the source skipped is not removed at the destination',
      async () => {
        await fill(storage, tree);
        await copyPass(storage, local);
        disturb(skipping ?? null);
        await copyPass(storage, local, { final: true }).catch((error: unknown) => {
          expect(error).toMatchObject({ type: 'SourceUnstable' });
        });
        expect(hits()).toBe(1);
        expect(await everythingOf(local)).toEqual(digestsOf(tree));
      },
    );
  });
}

/** SHA-256 by key, of everything. */
export async function everythingOf(storage: Storage): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { key } of storage.list({})) found[key] = sha256(await buffer(await storage.read(key)));
  return found;
}

/** What of `there` has other bytes than the tree, or is not in it. */
function onlyRight(there: Record<string, string>, tree: Tree): Record<string, string> {
  const right = digestsOf(tree);
  return Object.fromEntries(Object.entries(there).filter(([key, digest]) => right[key] !== digest));
}

function expectRightWhere(
  storage: Storage,
  fault: Disturbance,
  there: Record<string, string>,
  tree: Tree,
): void {
  const wrong = Object.keys(onlyRight(there, tree));
  expect(wrong.filter((key) => fixedContent(key) !== undefined)).toEqual([]);
  // A directory on a host tells every digest; others tell those of what they were given whole.
  if (fault.changesAnswers !== true || storage.kind === 'host') expect(wrong).toEqual([]);
}

function expectNothingLost(outcome: PassOutcome, fault: Disturbance): void {
  for (const result of outcome.results) {
    expect(result).not.toHaveProperty('vanished');
    // What could not be read in several tries is named as such; what was read is what was there.
    if ('damaged' in result && fault.changesAnswers !== true) {
      expect(result.damaged).toMatchObject({ actual: 'unreadable' });
    }
  }
}
