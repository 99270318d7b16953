// Until when a job wrote to its destination, for jobs that were terminated and never said that they had ended: what came
// later is not theirs. Always the time of something that was done by then, and never one to come.

import { fileOf } from '../journal/keys.ts';
import { readRecord, writeRecord } from '../journal/record.ts';
import type { Storage } from '../storage/storage.ts';

/** Work lists are carried out side by side, and some storages take one write a second of a key. */
const LANES = 16;

type Job = { job: string };

/** All that this work list has written so far. Not to be waited for by anything: without it more is taken for others'. */
export async function noteWrite(journal: Storage, { job, shard }: Job & { shard: number }): Promise<void> {
  const file = fileOf('last-write', { job, lane: shard % LANES });
  const at = new Date().toISOString();
  await writeRecord(journal, file, { at }).catch(() => undefined);
}

/** undefined: nothing is noted. */
export async function lastWrite(journal: Storage, { job }: Job): Promise<string | undefined> {
  const noted = await Promise.all(
    Array.from({ length: LANES }, (_, lane) =>
      readRecord<{ at: string }>(journal, fileOf('last-write', { job, lane })),
    ),
  );
  return noted
    .flatMap((note) => note?.at ?? [])
    .sort()
    .at(-1);
}
