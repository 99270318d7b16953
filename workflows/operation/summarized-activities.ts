// Activities as workflows call them, each call with a few words for the Temporal UI: the name alone would not tell
// which replica is destroyed or which list is copied. Words are metadata; they never matter to a replay.

import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';

type Request = Record<string, unknown>;
type AnyActivities = Record<string, (request: Request) => Promise<unknown>>;

/** Fields of requests that tell one call from another, in the order in which they are read best. */
const TELLING_FIELDS = ['replica', 'pass', 'shard', 'name', 'action', 'readOnly', 'storage', 'destination'];

/** As `proxyActivities`, for activities with one request each. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- named by the caller, as with proxyActivities
export function summarizedActivities<Activities extends object>(options: ActivityOptions): Activities {
  const plain = proxyActivities<AnyActivities>(options);
  const call = (name: string) => (request: Request) =>
    plain[name]!.executeWithOptions({ ...options, summary: summaryOf(request) }, [request]);
  return new Proxy({}, { get: (_, name) => call(name as string) }) as Activities;
}

function summaryOf(request: Request): string {
  return TELLING_FIELDS.filter((field) => ['string', 'number', 'boolean'].includes(typeof request[field]))
    .map((field) => `${field} ${request[field] as string | number | boolean}`)
    .join(', ');
}
