// Today's workflow code must be able to carry on every migration that was begun with the code of a recording: a
// worker that is restarted, or that has no cached state of a workflow, replays its history from the beginning, as here.

import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, it } from 'vitest';
import { prepareBundle } from '../../worker/bundle.ts';
import { defaultCacheDir } from '../../worker/cache-dir.ts';
import {
  anonymize,
  readRecording,
  STICKY_QUEUE,
  WORKER_IDENTITY,
  recordedScenarios,
  type RecordedExecution,
  textsOf,
} from './recordings.ts';
import { LAB_SCENARIOS, SCENARIOS } from './scenarios.ts';

/** Folders and polling processes of the machine where it was recorded. */
const FOLDER = /(?<![\w.-])\/(?:root|home|work|tmp|private|Users)\/[^\s"]*/g;
const TRACES = [FOLDER, WORKER_IDENTITY, STICKY_QUEUE];

Runtime.install({ logger: new DefaultLogger('ERROR') });

let workflowBundle: { codePath: string };
beforeAll(async () => {
  workflowBundle = {
    codePath: await prepareBundle(defaultCacheDir(process.env), new DefaultLogger('ERROR')),
  };
});

type Started = { attempt?: number } | undefined;

const tracesIn = (recording: unknown): string[] =>
  textsOf(recording).flatMap((text) => TRACES.flatMap((trace) => text.match(trace) ?? []));

const replay = ({ history, workflowId }: RecordedExecution): Promise<void> =>
  Worker.runReplayHistory({ workflowBundle }, historyFromJSON(history), workflowId);

/** The migration of the read-only path as another version of the code would have recorded it. */
const changed = async (change: (text: string) => string): Promise<RecordedExecution> => {
  const [migration] = await readRecording('read-only');
  const text = JSON.stringify(migration);
  expect(change(text)).not.toBe(text);
  return JSON.parse(change(text)) as RecordedExecution;
};

it('has a recording of every scenario and a scenario of every recording', async () => {
  expect((await recordedScenarios()).sort()).toEqual([...SCENARIOS].sort());
});

describe.each(SCENARIOS)('%s', (scenario) => {
  it('is replayed by the workflow code of today, with all its passes', async () => {
    const executions = await readRecording(scenario);
    for (const execution of executions) await replay(execution);
    expect(executions.length).toBeGreaterThan(0);
  });

  it('names no machine and no folder of one', async () => {
    expect(tracesIn(await readRecording(scenario))).toEqual([]);
  });
});

it('recorded passes, and in the lab activities that were begun again after the worker was killed', async () => {
  for (const scenario of Object.keys(LAB_SCENARIOS)) {
    const executions = await readRecording(scenario);
    expect(executions.filter(({ workflowId }) => workflowId.includes('/pass-')).length).toBeGreaterThan(2);
    const attempts = executions.flatMap(({ history }) =>
      history.events.map((event) => (event['activityTaskStartedEventAttributes'] as Started)?.attempt ?? 0),
    );
    expect(Math.max(...attempts)).toBeGreaterThan(1);
  }
});

describe('the replay would notice', () => {
  it('another activity', async () => {
    const execution = await changed((text) => text.replaceAll('"backUpMetadata"', '"backUpEverything"'));
    await expect(replay(execution)).rejects.toThrow(DeterminismViolationError);
  });

  it('another child workflow', async () => {
    const execution = await changed((text) => text.replaceAll('/pass-2"', '/pass-3"'));
    await expect(replay(execution)).rejects.toThrow(DeterminismViolationError);
  });
});

it('finds a folder and a process of a machine inside payloads, and takes them out', () => {
  const data = Buffer.from(JSON.stringify({ file: '/home/someone/lab/journal' })).toString('base64');
  const recording = {
    identity: '12@builder',
    queues: ['12@builder-q', `builder:12-${'0f'.repeat(16)}`],
    payloads: [{ metadata: {}, data }],
  };
  expect(tracesIn(recording)).toHaveLength(4);
  const clean = anonymize(recording, { '/home/someone/lab': '/lab' });
  expect(tracesIn(clean)).toEqual([]);
  expect(textsOf(clean)).toContain('{"file":"/lab/journal"}');
});

it('reads histories in JSON, which takes one and the same protobufjs in all packages', () => {
  const event = { eventType: 'EVENT_TYPE_TIMER_FIRED', timerFiredEventAttributes: { timerId: '1' } };
  expect(historyFromJSON({ events: [event] }).events?.[0]).toMatchObject({
    timerFiredEventAttributes: { timerId: '1' },
  });
});
