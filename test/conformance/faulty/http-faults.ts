// Every fault of the HTTP proxy, for the law of test/conformance/faulty.ts.

import {
  FAULTS,
  flippedAnswer,
  pageInstead,
  shortAnswer,
  shortChunkedAnswer,
} from '../../../lab/faults/faults.ts';
import { startFaultyProxy, type Fault } from '../../../lab/faults/faulty-proxy.ts';
import { LISTING_FAULTS, repeatedPage, skippedEntry } from '../../../lab/faults/listing-faults.ts';
import type { Disturbance, DisturbingProxy } from '../faulty.ts';

const SEED = 20_260_704;
const CHANCE = 0.3;
/** Enough for every kind of request to be hit, and few enough for the end to come soon. */
const MAX_HITS = 5;

export type HttpDisturbance = Disturbance & { fault: Fault; chance?: number; atMost?: number };

const CHANGING = [flippedAnswer, pageInstead, shortAnswer, shortChunkedAnswer];

export const HTTP_FAULTS: HttpDisturbance[] = [...FAULTS, ...LISTING_FAULTS].map((fault) => ({
  name: fault.name,
  fault,
  changesAnswers: CHANGING.includes(fault),
}));

export const SKIPPING: HttpDisturbance = { name: skippedEntry.name, fault: skippedEntry, atMost: 1 };

/** Every page after the first, where a listing has several. */
export const REPEATING_PAGES: HttpDisturbance = { name: 'repeated-page', fault: repeatedPage(), chance: 1 };

export async function httpProxy(server: string): Promise<DisturbingProxy<HttpDisturbance>> {
  const proxy = await startFaultyProxy(server, SEED);
  return {
    url: proxy.url,
    log: proxy.log,
    stop: () => proxy.stop(),
    disturb: (given) => proxy.set(given && { chance: CHANCE, atMost: MAX_HITS, ...given }),
  };
}
