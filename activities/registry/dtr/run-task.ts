// A task of the registry, posted once and followed to its end. The journal knows which one is ours; if we are killed
// between posting and writing that down, the task is found again as the one that was not there before.

import type { Collected, JobFolder } from '../../../contracts/registry-activities.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { Storage } from '../../storage/storage.ts';
import { read } from '../answer.ts';
import type { Dtr } from './dtr.ts';
import { type RegistryTask, taskLogShape, taskShape } from './dtr-shapes.ts';
import { findTask, newestTasks, taskState } from './tasks.ts';
import { fileOf, type RecordFile } from '../../journal/keys.ts';
import { readRecord, writeRecord } from '../../journal/record.ts';
import { waitUntil } from '../../concurrency/wait-until.ts';

const LOG_LINES = 15;
const MAX_LOG_LENGTH = 1_500;

/** `before`: the tasks of this action that were there when ours was about to be posted. */
type Record = { before: string[]; id: string | null };

/** `RegistryTaskFailed`, with the end of its log, unless it ends well. */
export async function runTask(
  dtr: Dtr,
  { job, action }: { job: JobFolder; action: string },
): Promise<Collected> {
  const { api, environment, meter } = dtr;
  const journal = await environment.openStorage(environment.inventory.journal);
  let id = await findOrPost(dtr, journal, fileOf('registry-task', { job, action }), action);
  let last: RegistryTask | undefined;
  await waitUntil(meter, async () => {
    last = await findTask(api, id);
    const state = taskState(last.status);
    if (state === 'open') return `task ${action} (${id}), ${last.status}`;
    if (state === 'succeeded' || last.retriesLeft === 0) return undefined;
    // With retries left another task goes on in its place (dtr-msr.md §3.3).
    const failed = id;
    const tasks = await newestTasks(api, action);
    id = tasks.find((other) => other.retryFromID === failed && other.id !== failed)?.id ?? failed;
    return `the registry to repeat task ${action} (${failed}), ${last.status}`;
  });
  const status = last?.status ?? '';
  if (taskState(status) === 'succeeded') return { id, status };
  const log = await logTail(dtr, id);
  throw new TransshipError(
    'RegistryTaskFailed',
    `Task ${action} (${id}) ended as "${status}". End of its log: ${log === '' ? 'it is empty' : log}`,
    { id, action, status },
  );
}

async function findOrPost({ api }: Dtr, journal: Storage, file: RecordFile, action: string): Promise<string> {
  const record = await readRecord<Record>(journal, file);
  if (record !== undefined && record.id !== null) return record.id;
  const present = (await newestTasks(api, action)).map(({ id }) => id);
  const before = record?.before ?? present;
  if (record === undefined) await writeRecord(journal, file, { before, id: null } satisfies Record);
  // Newest first: the last of those that are new is the one that we posted first.
  const posted = present.findLast((id) => !before.includes(id));
  const id = posted ?? read(await api.post('jobs', { action }), taskShape, `POST jobs of ${api.url}`).id;
  await writeRecord(journal, file, { before, id } satisfies Record);
  return id;
}

async function logTail({ api }: Dtr, id: string): Promise<string> {
  const lines = await api.get(`jobs/${encodeURIComponent(id)}/logs`, taskLogShape);
  return (lines ?? [])
    .slice(-LOG_LINES)
    .map(({ data }) => data.trimEnd())
    .join('\n')
    .slice(-MAX_LOG_LENGTH);
}
