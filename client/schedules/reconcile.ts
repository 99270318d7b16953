// Makes the schedules in Temporal those of the inventory. What is declared is asked for by its id, which is always up to date;
// only what the inventory has no longer is looked for in Temporal's list, which may be a second or two behind.

import {
  type Client,
  type ScheduleDescription,
  type ScheduleHandle,
  ScheduleNotFoundError,
} from '@temporalio/client';
import { scheduleId } from '../../contracts/names.ts';
import type { ScheduleEntry } from '../../contracts/schedule.ts';
import { compare, type Compared, isOurs, stateAfter } from './compare.ts';
import { optionsOf } from './declare.ts';
import { declaredFacts, digestOf } from './facts.ts';

type Entries = Readonly<Record<string, ScheduleEntry>>;

/** null: there is none. */
export async function describe({ schedule }: Client, name: string): Promise<ScheduleDescription | null> {
  try {
    return await schedule.getHandle(scheduleId(name)).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

/** The names of the schedules that are ours, in their order. */
export async function ourNames({ schedule }: Client): Promise<string[]> {
  const names: string[] = [];
  const prefix = scheduleId('');
  for await (const one of schedule.list())
    if (one.scheduleId.startsWith(prefix) && isOurs(one)) names.push(one.scheduleId.slice(prefix.length));
  return names.sort();
}

export async function diffSchedules(client: Client, entries: Entries): Promise<Compared[]> {
  const names = new Set([...Object.keys(entries), ...(await ourNames(client))]);
  const compared: Compared[] = [];
  for (const name of [...names].sort()) {
    const live = await describe(client, name);
    if (live !== null || entries[name] !== undefined) compared.push(compare(name, entries[name], live));
  }
  return compared;
}

export type Applied = Compared & { done: 'created' | 'updated' | 'removed' | 'nothing' };

/** `remove`: also what the inventory has no longer. May be ended anywhere and begun again. */
export async function applySchedules(
  client: Client,
  entries: Entries,
  { remove }: { remove: boolean },
): Promise<Applied[]> {
  const applied: Applied[] = [];
  for (const compared of await diffSchedules(client, entries))
    applied.push({ ...compared, done: await applyOne(client, compared, entries[compared.name], remove) });
  return applied;
}

async function applyOne(
  { schedule }: Client,
  { name, standing }: Compared,
  entry: ScheduleEntry | undefined,
  remove: boolean,
): Promise<Applied['done']> {
  const handle = schedule.getHandle(scheduleId(name));
  if (standing === 'undeclared' && remove) {
    await handle.delete();
    return 'removed';
  }
  if (entry === undefined || standing === 'same' || standing === 'foreign') return 'nothing';
  const options = optionsOf(name, entry, digestOf(declaredFacts(name, entry)));
  if (standing === 'missing') {
    await schedule.create({ ...options, state: stateAfter(entry, null) });
    return 'created';
  }
  const { scheduleId: _id, memo: _memo, ...changeable } = options;
  await handle.update((live) => ({ ...changeable, state: stateAfter(entry, live) }));
  return 'updated';
}

/** One of ours; null: there is none of this name. */
export async function ourSchedule(client: Client, name: string): Promise<ScheduleHandle | null> {
  const live = await describe(client, name);
  return live !== null && isOurs(live) ? client.schedule.getHandle(scheduleId(name)) : null;
}
