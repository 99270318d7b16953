// The right to write to a destination, for a moment. A worker can stand still between any two instructions, or be cut off from
// Temporal, while another one does its work and users have long been pushing; when it goes on it must not put back what was
// there before. So the claim is asked again before whatever would replace or remove, and what it answers holds for two seconds:
// whoever closes the destination to a pass waits as long.
//
// What a clock does not show cannot be seen: a machine that is stopped as a whole goes on as if no time had passed.

import type { Meter } from '../concurrency/heartbeat.ts';
import type { Storage, WriteOptions } from '../storage/storage.ts';
import { requireOpenTo, type Claimant, type Sides } from './claim.ts';

export type Lease = NonNullable<WriteOptions['lease']>;

type Writer = Claimant & { pass: number };

export function leaseOf(sides: Sides, writer: Writer, { patience }: Pick<Meter, 'patience'>): Lease {
  const { mostMs } = patience.lease;
  let asked: Moment | undefined;
  let asking: Promise<void> | undefined;
  const ask = async (): Promise<void> => {
    const before = now();
    await requireOpenTo(sides, writer);
    asked = before;
  };
  return async () => {
    while (asked === undefined || since(asked) > mostMs / 2)
      await (asking ??= ask().finally(() => (asking = undefined)));
    return asked.wallMs + mostMs;
  };
}

/** Until then whoever writes by a lease that was given before has learnt that there is none any more. */
export async function untilLeasesEnd({
  signal,
  patience,
}: Pick<Meter, 'signal' | 'patience'>): Promise<void> {
  await patience.lease.sleep(patience.lease.mostMs, signal);
}

type Moment = { wallMs: number; steadyMs: number };
const now = (): Moment => ({ wallMs: Date.now(), steadyMs: performance.now() });
/** One of the clocks stands still while a machine sleeps, the other can be set. */
const since = (moment: Moment): number =>
  Math.max(Date.now() - moment.wallMs, performance.now() - moment.steadyMs);

/** Each of these begins under the lease, and is told of it for what comes later. */
const WRITES = {
  write: 3,
  writeLent: 3,
  writeMany: 1,
  writeInParts: 3,
  create: 2,
  copyFrom: 3,
  copyWithin: 2,
  remove: 1,
} as const satisfies Partial<Record<keyof Storage, number>>;

export function leased(storage: Storage, lease: Lease): Storage {
  const guarded: Record<string, unknown> = {};
  for (const [name, at] of Object.entries(WRITES)) {
    const real = storage[name as keyof Storage] as ((...args: unknown[]) => Promise<unknown>) | undefined;
    if (real === undefined) continue;
    guarded[name] = async (...args: unknown[]): Promise<unknown> => {
      await lease();
      args[at] = { ...(args[at] as WriteOptions | undefined), lease };
      return await real.apply(storage, args);
    };
  }
  return Object.assign(Object.create(storage) as Storage, guarded);
}
