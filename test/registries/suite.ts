// What holds for every registry product. Each has a small test file that runs it against its real server or its stand-in.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ControlPlane } from '../../activities/registry/control-plane.ts';
import type { Opened } from './opened.ts';
import { backups } from './suite/backups.ts';
import { canaries } from './suite/canaries.ts';
import { closures } from './suite/closures.ts';
import { collection } from './suite/collection.ts';
import { images } from './suite/images.ts';
import { looks } from './suite/looks.ts';
import { pushes } from './suite/pushes.ts';
import { members } from './suite/members.ts';
import { previews } from './suite/previews.ts';
import { rebuilds } from './suite/rebuilds.ts';
import { schedules } from './suite/schedules.ts';
import { subjectOf, type Subject } from './suite/subject.ts';
import { switches } from './suite/switches.ts';
import { tags } from './suite/tags.ts';

type Theme = (subject: Subject) => void;

/** They share one registry, and each leaves it as it found it. */
const THEMES: Record<string, Theme> = {
  looks,
  pushes,
  tags,
  images,
  collection,
  backups,
  switches,
  closures,
  canaries,
};
/** What not every product can do. */
const OFFERS = { previewCollection: previews, rebuild: rebuilds } satisfies Partial<
  Record<keyof ControlPlane, Theme>
>;
/** What not every product is. */
const TRAITS = { members, schedules };

type Offer = keyof typeof OFFERS;

type Trait = keyof typeof TRAITS;

export function conformance(
  kind: string,
  open: () => Promise<Opened>,
  { offers, has }: { offers: Offer[]; has: Trait[] },
): void {
  describe(`a registry of kind ${kind}`, () => {
    let opened: Opened;
    const subject = subjectOf(() => opened);

    beforeAll(async () => {
      opened = await open();
      await subject.fill();
    });
    afterAll(() => opened.stop());

    test(`offers ${offers.join(', ') || 'no more than it must'}`, async () => {
      const methods = Object.keys(OFFERS) as Offer[];
      const offered = await opened.onRegistry(async (registry) =>
        methods.filter((method) => registry[method] !== undefined),
      );
      expect(offered).toEqual(offers);
    });

    const themes = [
      ...Object.entries(THEMES),
      ...has.map((trait) => [trait, TRAITS[trait]] as const),
      ...offers.map((offer) => [offer, OFFERS[offer]] as const),
    ];
    describe.each(themes)('%s', (_name, theme) => {
      theme(subject);
    });
  });
}
