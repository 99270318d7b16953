// Recordings of finished executions: one file for each scenario, with the histories of the migration and of all its
// passes. A recording names no machine and no folder of one, and the same histories always make the same bytes.

import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

const FOLDER = join(import.meta.dirname, 'histories');
/** Changes when the form of the recordings does, not when workflows do. */
const PREFIX = 'v2-';
const SUFFIX = '.json.gz';

/** `pid@host`, as clients and workers call themselves. */
export const WORKER_IDENTITY = /\d+@[\w.-]+/g;
/** `host:pid-uuid`, the queue of one worker's cached workflows. */
export const STICKY_QUEUE = /[\w.-]+:\d+-[0-9a-f]{32}/g;

/** A history in the JSON that `temporal workflow show --output json` prints too. */
type HistoryJson = { events: Record<string, unknown>[] };
export type RecordedExecution = { workflowId: string; history: HistoryJson };

/** The execution, those that it continued as, and those of its children. */
export async function collectExecutions(
  client: Client,
  workflowId: string,
  runId?: string,
): Promise<RecordedExecution[]> {
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const found: RecordedExecution[] = [
    { workflowId, history: JSON.parse(historyToJSON(history)) as HistoryJson },
  ];
  for (const event of history.events ?? []) {
    const child = event.childWorkflowExecutionStartedEventAttributes?.workflowExecution;
    if (child) found.push(...(await collectExecutions(client, child.workflowId!, child.runId!)));
    const next = event.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
    if (next) found.push(...(await collectExecutions(client, workflowId, next)));
  }
  return found;
}

/**
 * The same without what tells of the machine: who polled, where code lies, and each of `folders`, which is replaced
 * by what it maps to. Workflows never look at these, so that replays are the same.
 */
export function anonymize(value: unknown, folders: Record<string, string>): unknown {
  if (typeof value === 'string')
    return Object.entries(folders)
      .reduce((text, [folder, name]) => text.replaceAll(folder, name), value)
      .replaceAll(WORKER_IDENTITY, 'worker')
      .replaceAll(STICKY_QUEUE, 'worker');
  if (Array.isArray(value)) return value.map((item) => anonymize(item, folders));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      if (name === 'identity') return [name, 'worker'];
      if (name === 'stackTrace') return [name, ''];
      if (isPayloadData(name, item))
        return [name, toBase64(anonymize(JSON.parse(fromBase64(item)), folders))];
      return [name, anonymize(item, folders)];
    }),
  );
}

/** Every text of a recording, those inside payloads included. */
export function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) =>
    isPayloadData(name, item) ? [fromBase64(item)] : textsOf(item),
  );
}

export async function recordedScenarios(): Promise<string[]> {
  const files = await readdir(FOLDER).catch(() => []);
  return files
    .filter((file) => file.startsWith(PREFIX) && file.endsWith(SUFFIX))
    .map((file) => file.slice(PREFIX.length, -SUFFIX.length));
}

export async function readRecording(scenario: string): Promise<RecordedExecution[]> {
  const bytes = await promisify(gunzip)(await readFile(fileOf(scenario)));
  return JSON.parse(bytes.toString()) as RecordedExecution[];
}

/** Node's gzip writes no time and no name, so that equal recordings are equal files. */
export async function writeRecording(scenario: string, executions: unknown): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await writeFile(fileOf(scenario), await promisify(gzip)(JSON.stringify(executions), { level: 9 }));
}

export async function isRecorded(scenario: string): Promise<boolean> {
  return await access(fileOf(scenario)).then(
    () => true,
    () => false,
  );
}

const fileOf = (scenario: string): string => join(FOLDER, `${PREFIX}${scenario}${SUFFIX}`);

/** In Temporal's JSON a payload is `{metadata, data}` with `data` in base64, here always JSON. */
const isPayloadData = (name: string, value: unknown): value is string =>
  name === 'data' && typeof value === 'string' && value !== '';
const fromBase64 = (text: string): string => Buffer.from(text, 'base64').toString();
const toBase64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');
