// Holding an operation from the command line: who and why is seen by everybody, and it counts without a worker, too.

import { hostname, userInfo } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../../client/cli/run-cli.ts';
import { recordedIo } from './recorded-io.ts';
import { type ServerRig, startServerRig } from './server-rig.ts';

let rig: ServerRig;

beforeAll(async () => {
  rig = await startServerRig();
});
afterAll(async () => {
  await rig?.close();
});

async function transship(...args: string[]) {
  const io = recordedIo({ answer: 'sha256:plan' });
  const code = await runCli([...args, '--address', rig.address], io);
  return { code, stdout: io.stdout(), stderr: io.stderr() };
}
const statusOf = async (registry: string) => (await transship('status', registry)).stdout;
const start = async (registry: string): Promise<void> => {
  await transship('migrate', registry, 'holds', '--path', 'read-only', '--detach');
  await expect.poll(() => statusOf(registry), { timeout: 20_000 }).toContain('question plan');
};
const approve = (registry: string) => transship('approve', registry, '--by', 'ops@example.com');

test('a pause and its end are answered, shown by status and list, and repeated without harm', async () => {
  await start('held');
  const paused = await transship('pause', 'held', '--reason', 'a backup until six');
  const me = `${userInfo().username}@${hostname()}`;
  expect(paused).toMatchObject({ code: 0, stderr: '' });
  expect(paused.stdout).toMatch(
    new RegExp(`^registry-held is paused since \\S+ by ${me}: a backup until six\n$`),
  );
  expect((await transship('pause', 'held', '--by', 'another')).stdout).toBe(paused.stdout);

  expect((await approve('held')).code).toBe(0);
  await expect
    .poll(() => statusOf('held'), { timeout: 20_000 })
    .toContain('nothing of it runs now; let it go on with: transship resume held');
  await expect
    .poll(async () => (await transship('list')).stdout, { timeout: 20_000 })
    .toMatch(/registry-held +migration +running +paused/);

  const resumed = await transship('resume', 'held', '--by', 'dev', '--json');
  expect(JSON.parse(resumed.stdout)).toEqual({
    workflowId: 'registry-held',
    channel: 'update',
    paused: null,
  });
  await expect.poll(() => statusOf('held'), { timeout: 20_000 }).toContain('question window');
  expect(await statusOf('held')).not.toContain('paused');
});

test('where nothing is held it is refused with 2 and why, and what has ended is not found', async () => {
  await start('windowed');
  await approve('windowed');
  await expect.poll(() => statusOf('windowed'), { timeout: 20_000 }).toContain('question window');
  expect(await transship('pause', 'windowed')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('PauseRefused: the registry refuses pushes') as string,
  });
  await approve('windowed');
  await transship('watch', 'windowed');
  expect((await transship('pause', 'windowed')).code).toBe(10);
  expect((await transship('resume', 'nobody')).code).toBe(10);
});

test('without a worker it is left as a signal, and holds when one is back', async () => {
  await start('alone');
  await rig.stopWorker();
  expect(await transship('pause', 'alone', '--by', 'ops')).toMatchObject({
    code: 0,
    stdout: 'registry-alone is asked to pause as soon as a worker is back\n',
  });
  await rig.startWorker();
  await expect.poll(() => statusOf('alone'), { timeout: 20_000 }).toMatch(/paused +since \S+ by ops/);
  expect((await transship('resume', 'alone')).stdout).toBe('registry-alone is not paused\n');
});
