// What holds for every storage. Each kind has a small test file that runs it against the kind's real server.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Storage } from '../../activities/storage/storage.ts';
import type { Open, Opened } from './kinds/opened.ts';
import { copies, copiesFromItsLike } from './suite/copies.ts';
import { lists } from './suite/lists.ts';
import { parts } from './suite/parts.ts';
import { reads } from './suite/reads.ts';
import { removes } from './suite/removes.ts';
import { subjectOf } from './suite/subject.ts';
import { manyWrites, writes } from './suite/writes.ts';

const OPTIONAL = ['writeMany', 'writeInParts', 'copyFrom'] as const satisfies (keyof Storage)[];

/** `offers`: what this kind has of the methods that not every storage has. */
export function conformance(kind: string, open: Open, offers: (typeof OPTIONAL)[number][]): void {
  describe(`a storage of kind ${kind}`, () => {
    let opened: Opened;
    const subject = subjectOf(() => opened);

    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.stop());
    afterEach(async () => {
      await opened.storage.remove(await subject.keys());
    });

    test(`offers ${offers.join(', ') || 'no more than it must'}`, () => {
      expect(OPTIONAL.filter((method) => opened.storage[method] !== undefined)).toEqual(offers);
    });

    describe('lists', () => lists(subject));
    describe('reads', () => reads(subject));
    describe('writes', () => writes(subject));
    if (offers.includes('writeMany')) describe('writes many', () => manyWrites(subject));
    if (offers.includes('writeInParts')) describe('writes in parts', () => parts(subject));
    describe('copies', () => copies(subject));
    if (offers.includes('copyFrom')) describe('copies from its like', () => copiesFromItsLike(subject));
    describe('removes', () => removes(subject));
  });
}
