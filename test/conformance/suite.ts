// What holds for every storage. Each kind has a small test file that runs it against the kind's real server.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Storage } from '../../activities/storage/storage.ts';
import type { Open, Opened } from './kinds/opened.ts';
import { access } from './suite/access.ts';
import { copies, copiesFromItsLike } from './suite/copies.ts';
import { creates } from './suite/creates.ts';
import { unsafeKeys } from './suite/keys.ts';
import { lists } from './suite/lists.ts';
import { parts } from './suite/parts.ts';
import { reads } from './suite/reads.ts';
import { removes } from './suite/removes.ts';
import { subjectOf, type Subject } from './suite/subject.ts';
import { times } from './suite/times.ts';
import { manyWrites, writes } from './suite/writes.ts';

type Theme = (subject: Subject) => void;

const THEMES: Record<string, Theme> = {
  lists,
  reads,
  writes,
  copies,
  removes,
  creates,
  times,
  unsafeKeys,
  access,
};
/** What not every storage has. */
const OFFERS = {
  writeMany: manyWrites,
  writeInParts: parts,
  copyFrom: copiesFromItsLike,
} satisfies Partial<Record<keyof Storage, Theme>>;

export type Offer = keyof typeof OFFERS;

/**
 * `offers`: in the order of `OFFERS`. `largeBytes`: an object that is written in parts, where the kind does so. `only`: themes of
 * a variant of a kind that passes all of them elsewhere.
 */
export function conformance(
  kind: string,
  open: Open,
  offers: Offer[],
  largeBytes = 0,
  only?: readonly string[],
): void {
  describe(`a storage of kind ${kind}`, () => {
    let opened: Opened;
    const subject = subjectOf(() => opened, largeBytes);

    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.stop());
    afterEach(async () => {
      await opened.storage.remove(await subject.keys());
    });

    test(`offers ${offers.join(', ') || 'no more than it must'}`, () => {
      const methods = Object.keys(OFFERS) as Offer[];
      expect(methods.filter((method) => opened.storage[method] !== undefined)).toEqual(offers);
    });

    const themes = [...Object.entries(THEMES), ...offers.map((offer) => [offer, OFFERS[offer]] as const)];
    const wanted = themes.filter(([name]) => only === undefined || only.includes(name));
    describe.each(wanted)('%s', (_name, theme) => {
      theme(subject);
    });
  });
}
