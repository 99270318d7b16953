// Activities as workflows call them, each call with a few words for the Temporal UI: the name alone would not tell
// which replica is destroyed or which list is copied. Words are metadata; they never matter to a replay. Once there is a
// binding it goes with every call, and workers whose inventory means something else refuse it.

import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { Binding } from '../../contracts/binding.ts';
import { oneLine, shortened } from '../../domain/text/plain-text.ts';

type Request = Record<string, unknown>;
type AnyActivities = Record<string, (request: Request) => Promise<unknown>>;

/** Fields of requests that tell one call from another, in the order in which they are read best. */
const TELLING_FIELDS = ['replica', 'pass', 'shard', 'name', 'action', 'readOnly', 'storage', 'destination'];

/** Temporal refuses longer ones, again and again; in bytes. */
const MAX_SUMMARY_CHARACTERS = 100;

let binding: Binding | undefined;

/** From now on, for every activity of this workflow. */
export const bindActivities = (to: Binding): void => {
  binding = to;
};

type Ways = {
  /** Asked at each call; default: that of the options. */
  taskQueue?: () => ActivityOptions['taskQueue'];
  /** Which entries of the binding a call rests on; default: all. */
  bound?: (what: string) => boolean;
};

/** As `proxyActivities`, for activities with one request each. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- named by the caller, as with proxyActivities
export function summarizedActivities<Activities extends object>(
  options: ActivityOptions,
  { taskQueue = () => options.taskQueue, bound = () => true }: Ways = {},
): Activities {
  const plain = proxyActivities<AnyActivities>(options);
  const call = (name: string) => (request: Request) => {
    const queue = taskQueue();
    const own = { ...options, ...(queue !== undefined && { taskQueue: queue }), summary: summaryOf(request) };
    return plain[name]!.executeWithOptions(own, [
      binding === undefined
        ? request
        : {
            ...request,
            binding: Object.fromEntries(Object.entries(binding).filter(([what]) => bound(what))),
          },
    ]);
  };
  return new Proxy({}, { get: (_, name) => call(name as string) }) as Activities;
}

function summaryOf(request: Request): string {
  const words = TELLING_FIELDS.filter((field) =>
    ['string', 'number', 'boolean'].includes(typeof request[field]),
  ).map((field) => `${field} ${request[field] as string | number | boolean}`);
  return shortened(oneLine(words.join(', ')), MAX_SUMMARY_CHARACTERS);
}
