// A job of the registry, posted once and followed to its end. The journal knows which one is ours; if we are killed
// between posting and writing that down, the job is found again as the one that was not there before.

import type { JobFolder } from '../../../contracts/registry-activities.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { Storage } from '../../storage/storage.ts';
import { read } from './dtr-client.ts';
import { jobLogsShape, jobShape, type RegistryJob } from './dtr-shapes.ts';
import { findJob, jobState, newestJobs } from './jobs.ts';
import { fileOf, type RecordFile } from '../../journal/keys.ts';
import { readRecord, writeRecord } from '../../journal/record.ts';
import type { Registry } from '../open-registry.ts';
import { waitUntil } from '../../concurrency/wait-until.ts';

const LOG_LINES = 15;
const MAX_LOG_LENGTH = 1_500;

/** `before`: the jobs of this action that were there when ours was about to be posted. */
type Record = { before: string[]; id: string | null };

export async function runRegistryJob(
  registry: Registry,
  journal: Storage,
  { job, action }: { job: JobFolder; action: string },
): Promise<{ id: string; status: string }> {
  let id = await findOrPost(registry, journal, fileOf('registry-job', { job, action }), action);
  let last: RegistryJob | undefined;
  await waitUntil(registry.progress, async () => {
    last = await findJob(registry.api, id);
    const state = jobState(last.status);
    if (state === 'open') return `job ${action} (${id}), ${last.status}`;
    if (state === 'succeeded' || last.retriesLeft === 0) return undefined;
    // With retries left another job goes on in its place (dtr-msr.md §3.3).
    const failed = id;
    const jobs = await newestJobs(registry.api, action);
    id = jobs.find((other) => other.retryFromID === failed && other.id !== failed)?.id ?? failed;
    return `the registry to repeat job ${action} (${failed}), ${last.status}`;
  });
  const status = last?.status ?? '';
  if (jobState(status) === 'succeeded') return { id, status };
  const log = await logTail(registry, id);
  throw new TransshipError(
    'JobFailed',
    `Job ${action} (${id}) ended as "${status}". End of its log: ${log === '' ? 'it is empty' : log}`,
    { id, action, status },
  );
}

async function findOrPost(
  { api }: Registry,
  journal: Storage,
  file: RecordFile,
  action: string,
): Promise<string> {
  const record = await readRecord<Record>(journal, file);
  if (record !== undefined && record.id !== null) return record.id;
  const present = (await newestJobs(api, action)).map(({ id }) => id);
  const before = record?.before ?? present;
  if (record === undefined) await writeRecord(journal, file, { before, id: null } satisfies Record);
  // Newest first: the last of those that are new is the one that we posted first.
  const posted = present.findLast((id) => !before.includes(id));
  const id = posted ?? read(await api.post('jobs', { action }), jobShape, `POST jobs of ${api.url}`).id;
  await writeRecord(journal, file, { before, id } satisfies Record);
  return id;
}

async function logTail({ api }: Registry, id: string): Promise<string> {
  const lines = await api.get(`jobs/${encodeURIComponent(id)}/logs`, jobLogsShape);
  return (lines ?? [])
    .slice(-LOG_LINES)
    .map(({ data }) => data.trimEnd())
    .join('\n')
    .slice(-MAX_LOG_LENGTH);
}
