import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { defineSearchAttributeKey } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../../client/cli/run-cli.ts';
import { TASK_QUEUE } from '../../contracts/names.ts';
import { recordedIo } from './recorded-io.ts';
import { type ServerRig, startServerRig } from './server-rig.ts';

let rig: ServerRig;
let folder: string;

beforeAll(async () => {
  rig = await startServerRig();
  folder = await mkdtemp(path.join(tmpdir(), 'transship-cli-'));
});
afterAll(async () => {
  await rig?.close();
  await rm(folder, { recursive: true });
});

/** Runs a command against the test's server; `io` may be given to interrupt it or to see it while it runs. */
async function transship(args: string[], io = recordedIo()) {
  const code = await runCli([...args, '--address', rig.address], io);
  const json = () => JSON.parse(io.stdout().trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
  return { code, stdout: io.stdout(), stderr: io.stderr(), json };
}

let registries = 0;
/** Workflow ids are locks, so each test has a registry of its own. */
const newRegistry = () => `prod-${(registries += 1)}`;

async function startDetached(destination = 's3-prod'): Promise<string> {
  const registry = newRegistry();
  const { code } = await transship(['migrate', registry, destination, '--path', 'best-practice', '--detach']);
  expect(code).toBe(0);
  return registry;
}

async function untilWaiting(registry: string): Promise<void> {
  await expect
    .poll(async () => (await transship(['status', registry, '--json'])).json()['status'], { timeout: 20_000 })
    .toMatchObject({ waitingFor: { id: 'plan' } });
}

const BY = ['--by', 'ops@example.com'];
const PATH = ['--path', 'read-only'];

/** As somebody at a terminal does, who has read the plan. */
const approve = async (registry: string, ...args: string[]) =>
  await transship(['approve', registry, ...BY, ...args], recordedIo({ answer: 'sha256:plan' }));

describe('migrate', () => {
  test('watches, waits for the approval and prints the result on stdout', async () => {
    const registry = newRegistry();
    const io = recordedIo();
    const running = transship(['migrate', registry, 's3-prod', '--path', 'read-only', '--window', '20m'], io);
    // Approved once it was read there: the view is refreshed now and then, and would miss a question that was short.
    await expect
      .poll(() => io.stderr(), { timeout: 20_000 })
      .toContain(`transship approve (or reject) ${registry} --by YOU`);
    const approved = await approve(registry);
    expect(approved).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/plan of registry-.* is approved by ops/),
    });
    expect(approved.stderr).toContain(`Move ${registry}?`);

    const { code, stdout, stderr } = await running;
    expect(code).toBe(0);
    expect(stdout).toContain(`Migrated ${registry} to s3-prod\n  content  12 objects, 2.0 KiB`);
    expect(stdout).toContain('  report   /srv/journal/jobs/report.html\n');
    expect(stderr).toContain('done: Migrated');
  });

  test.each([false, true])(
    'is 13 where a person went on without what is missing (json: %s)',
    async (json) => {
      const args = ['migrate', newRegistry(), 'lossy', '--path', 'read-only', ...(json ? ['--json'] : [])];
      const { code, stdout } = await transship(args);
      expect(code).toBe(13);
      expect(stdout).toMatch(
        json ? /"problems":2/ : /missing {2}2 tags, manifests or blobs, named in the report/,
      );
    },
  );

  test('starts the workflow under the names that are promised', async () => {
    const registry = await startDetached();
    const handle = rig.client.workflow.getHandle(`registry-${registry}`);
    const description = await handle.describe();
    expect(description).toMatchObject({ type: 'bestPracticeMigration', taskQueue: 'transship' });
    expect(await description.staticSummary()).toBe(`Move ${registry} to s3-prod (best-practice)`);
    const attribute = (name: string) =>
      description.typedSearchAttributes.get(defineSearchAttributeKey(name, 'KEYWORD'));
    expect(attribute('TransshipSubject')).toBe(`registry-${registry}`);
    expect(attribute('TransshipOperation')).toBe('migration');
  });

  test('back is a workflow of its own, under the same id', async () => {
    const registry = newRegistry();
    expect(await transship(['return', registry, '--window', '20m', '--detach'])).toMatchObject({
      code: 0,
      stdout: `started registry-${registry}; watch it with: transship watch ${registry}\n`,
    });
    const handle = rig.client.workflow.getHandle(`registry-${registry}`);
    const description = await handle.describe();
    expect(description.type).toBe('returnToPreviousStorage');
    expect(await description.staticSummary()).toBe(`Return ${registry} to its previous storage`);
    expect((await approve(registry)).code).toBe(0);
    expect((await transship(['watch', registry])).stdout).toContain(`Migrated ${registry} to prod-volume`);
  });

  test('back can be planned only', async () => {
    const { code, stdout } = await transship(['return', newRegistry(), '--dry-run']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '# Plan\n\n1. Stop garbage collection\n' });
    expect((await transship(['return', 'prod', '--dry-run', '--detach'])).code).toBe(2);
  });

  test('a second one of the same registry is refused with 11', async () => {
    const registry = await startDetached();
    const second = await transship(['migrate', registry, 's3-prod', '--path', 'read-only']);
    expect(second).toMatchObject({ code: 11, stdout: '' });
    expect(second.stderr).toContain(`registry-${registry} is running already`);
  });

  test.each([
    ['fails-preflight', 1, 'PreflightFailed: no free space'],
    ['fails-verification', 13, 'VerificationFailed: 2 images differ'],
  ])('%s ends with %i, the message, the advice and the workflow id', async (destination, code, message) => {
    const registry = newRegistry();
    const result = await transship(['migrate', registry, destination, '--path', 'best-practice']);
    expect(result.code).toBe(code);
    expect(result.stderr).toMatch(
      new RegExp(`transship: ${message}\n {2}\\w.*\n {2}workflow registry-${registry}\n$`),
    );
  });

  test('Ctrl-C ends the watching with 130 and not the migration', async () => {
    const registry = newRegistry();
    const io = recordedIo();
    const running = transship(['migrate', registry, 'never-ends', '--path', 'best-practice'], io);
    await expect.poll(() => io.stderr(), { timeout: 20_000 }).toContain('preflight');
    io.interrupt();
    expect(await running).toMatchObject({ code: 130, stderr: expect.stringContaining('goes on') });
    const status = await transship(['status', registry, '--json']);
    expect(status.json()).toMatchObject({ execution: 'RUNNING' });
  });
});

describe('approve and reject', () => {
  test('reject ends the migration; watch then exits with 12', async () => {
    const registry = await startDetached();
    await untilWaiting(registry);
    const rejected = await transship(['reject', registry, ...BY, '--comment', 'not today', '--json']);
    expect(rejected.json()).toMatchObject({ channel: 'update', question: 'plan', outcome: 'rejected' });
    expect(await transship(['watch', registry])).toMatchObject({
      code: 12,
      stderr: expect.stringContaining('ApprovalRejected'),
    });
    const status = await transship(['status', registry, '--json']);
    expect(status.json()).toMatchObject({
      execution: 'FAILED',
      status: { audit: expect.arrayContaining([expect.objectContaining({ comment: 'not today' })]) },
    });
  });

  test('another plan, another question and another person are refused with 2', async () => {
    const registry = await startDetached();
    await untilWaiting(registry);
    const exact = ['--question', 'plan', '--plan', 'sha256:plan'];
    for (const [args, message] of [
      [['--question', 'plan', '--plan', 'sha256:other', ...BY], 'DecisionRefused'],
      [['--question', 'window', ...BY], 'what is waited for is question plan'],
      [[...exact, '--by', 'stranger@example.com'], 'DecisionRefused'],
    ] as const) {
      expect(await transship(['approve', registry, ...args])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(message),
      });
    }
    expect(await transship(['approve', registry, ...exact, ...BY])).toMatchObject({ code: 0 });
  });

  test('without a worker the decision is left as a signal and counts when one is back', async () => {
    const registry = await startDetached();
    await untilWaiting(registry);
    await rig.stopWorker();
    const exact = ['--question', 'plan', '--plan', 'sha256:plan', ...BY];
    expect(await transship(['approve', registry, ...BY])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no worker answers'),
    });
    expect((await transship(['approve', registry, ...exact, '--json'])).json()).toMatchObject({
      channel: 'signal',
      outcome: 'sent',
    });
    const io = recordedIo();
    const watching = transship(['watch', registry], io);
    await expect.poll(() => io.stderr(), { timeout: 20_000 }).toContain('no worker answers now');
    await rig.startWorker();
    expect(await watching).toMatchObject({ code: 0, stdout: expect.stringContaining('Migrated') });
    const { events } = await rig.client.workflow.getHandle(`registry-${registry}`).fetchHistory();
    const signals = events?.map((event) => event.workflowExecutionSignaledEventAttributes?.signalName);
    expect(signals).toContain('approve');
  });
});

test('a question of which way to go is answered with one of its choices', async () => {
  const registry = await startDetached('fails-late');
  await expect
    .poll(async () => (await transship(['status', registry])).stdout, { timeout: 20_000 })
    .toContain('--choice go-on | switch-back');
  for (const choice of [[], ['--choice', 'run-away']])
    expect(await transship(['approve', registry, ...BY, ...choice, '--json'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('one of: go-on, switch-back'),
    });
  expect((await approve(registry, '--choice', 'switch-back')).code).toBe(0);
  expect(await transship(['watch', registry])).toMatchObject({
    code: 13,
    stderr: expect.stringContaining('switch-back was chosen'),
  });
});

describe('the plan', () => {
  test('is what a dry run prints', async () => {
    const bare = await transship(['plan', newRegistry(), 's3-prod', ...PATH]);
    expect(bare).toMatchObject({ code: 0, stdout: '# Plan\n\n1. Stop garbage collection\n' });
    const json = await transship(['plan', newRegistry(), 's3-prod', ...PATH, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      outcome: 'planned',
      text: expect.stringContaining('1. Stop garbage collection') as string,
    });
  });

  test('is shown whole, also when the operation has ended, and is nothing where there is none', async () => {
    const registry = newRegistry();
    await transship(['plan', registry, 's3-prod', ...PATH]);
    expect(await transship(['show', registry])).toMatchObject({
      code: 0,
      stdout: '# Plan\n\n1. Stop garbage collection\n',
    });
    expect((await transship(['show', registry, '--json'])).json()).toMatchObject({ digest: 'sha256:plan' });
    const rehearsed = newRegistry();
    await startRehearsal(rehearsed);
    await questionIs(rehearsed, 'wake-up');
    expect(await transship(['show', rehearsed])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('has no plan yet') as string,
    });
    await transship(['cancel', rehearsed]);
  });

  test('is printed before it is approved, and confirmed by its digest at a terminal', async () => {
    const registry = await startDetached();
    await untilWaiting(registry);
    const atTerminal = async (answer: string) => {
      const io = recordedIo({ answer });
      return await transship(['approve', registry, ...BY], io);
    };
    expect(await atTerminal('pl')).toMatchObject({ code: 2 });
    const wrong = await atTerminal('yes');
    expect(wrong).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nothing was decided') as string,
    });
    expect(wrong.stderr).toContain('1. Stop garbage collection');
    expect((await transship(['status', registry, '--json'])).json()).toMatchObject({
      status: { waitingFor: { id: 'plan' } },
    });
    expect(await atTerminal('sha256:plan')).toMatchObject({ code: 0 });
  });

  test.each([[], ['--plan', 'sha256:plan'], ['--question', 'plan']])(
    'is not approved where nobody sits at a terminal, and what was read is not named whole: %j',
    async (...half) => {
      const registry = await startDetached();
      await untilWaiting(registry);
      expect(await transship(['approve', registry, ...BY, ...half])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('name it: --question plan --plan sha256:plan') as string,
      });
      await transship(['cancel', registry]);
    },
  );
});

describe('cancel', () => {
  test('ends the migration; watch says so', async () => {
    const registry = await startDetached('never-ends');
    expect(await transship(['cancel', registry])).toMatchObject({ code: 0 });
    expect(await transship(['watch', registry])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('was cancelled'),
    });
    expect(await transship(['cancel', registry])).toMatchObject({ code: 10 });
  });
});

describe('what is not there', () => {
  test.each(['status', 'watch', 'cancel'])('%s of an unknown migration is 10', async (command) => {
    expect(await transship([command, 'nobody'])).toMatchObject({ code: 10, stdout: '' });
  });

  test('approve of an unknown migration is 10', async () => {
    expect(await transship(['approve', 'nobody', ...BY])).toMatchObject({ code: 10 });
  });

  test("somebody else's workflow is no operation, and is left alone", async () => {
    const handle = await rig.client.workflow.start('foreign', {
      workflowId: 'billing-run-7',
      taskQueue: TASK_QUEUE,
    });
    const exact = ['--question', 'plan', '--plan', 'sha256:plan', ...BY];
    for (const args of [['status'], ['watch'], ['cancel'], ['approve', ...exact], ['reject', ...exact]])
      expect(await transship([args[0]!, 'billing-run-7', ...args.slice(1)])).toMatchObject({ code: 10 });
    const { events } = await handle.fetchHistory();
    expect(events?.filter((event) => event.workflowExecutionSignaledEventAttributes)).toEqual([]);
    expect((await handle.describe()).status.name).toBe('RUNNING');
    await handle.terminate();
  });

  test('a workflow id does as well as the name of a registry', async () => {
    const registry = await startDetached();
    expect((await transship(['status', `registry-${registry}`])).stdout).toContain(
      `registry-${registry}  RUNNING`,
    );
  });
});

const startRehearsal = async (registry: string): Promise<void> => {
  await rig.client.workflow.start('rehearsal', {
    workflowId: `registry-${registry}`,
    taskQueue: TASK_QUEUE,
    args: [{ registry }],
  });
};
const questionIs = async (registry: string, id: string): Promise<void> => {
  await expect
    .poll(async () => (await transship(['status', registry, '--json'])).json()['status'], {
      timeout: 20_000,
    })
    .toMatchObject({ waitingFor: { id }, details: { set: 'monday' } });
};

describe('an operation of a kind that the command line does not know', () => {
  test('is shown, asked, decided question by question, followed and listed all the same', async () => {
    const registry = newRegistry();
    await startRehearsal(registry);
    await questionIs(registry, 'wake-up');
    expect((await transship(['status', registry])).stdout).toContain(`${registry} from its last backup`);
    expect((await approve(registry)).code).toBe(0);
    await questionIs(registry, 'wake-up#2');

    const listed = async () =>
      (await transship(['list', '--json'])).json()['operations'] as { workflowId: string }[];
    await expect
      .poll(async () => (await listed()).find(({ workflowId }) => workflowId === `registry-${registry}`), {
        timeout: 20_000,
      })
      .toMatchObject({ kind: 'rehearsal', needsApproval: true, phase: 'preflight' });
    expect((await transship(['list'])).stdout).toMatch(
      new RegExp(`registry-${registry} +rehearsal +running +preflight +yes`),
    );

    const second = await transship(['migrate', registry, 's3-prod', '--path', 'read-only']);
    expect(second.code).toBe(11);
    const stale = ['--question', 'wake-up', '--plan', 'sha256:plan', ...BY];
    expect((await transship(['reject', registry, ...stale])).stderr).toContain('was approved by ops');
    expect((await approve(registry)).code).toBe(0);
    const { code, stdout } = await transship(['watch', registry]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ restored: registry });
  });

  test('ends by cancel, and is then listed with --all only', async () => {
    const registry = newRegistry();
    await startRehearsal(registry);
    await questionIs(registry, 'wake-up');
    expect((await transship(['cancel', registry])).code).toBe(0);
    expect((await transship(['watch', registry])).stderr).toContain('was cancelled');
    const ids = async (...args: string[]) =>
      JSON.stringify((await transship(['list', '--json', ...args])).json());
    await expect.poll(() => ids('--all'), { timeout: 20_000 }).toContain(`"registry-${registry}"`);
    await expect.poll(() => ids(), { timeout: 20_000 }).not.toContain(`"registry-${registry}"`);
  });
});
