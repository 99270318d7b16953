// The way out of read-only mode, on configurations of this machine: whatever is wrong with one replica, the others take pushes.

import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TransshipError } from '../../../domain/transship-error.ts';
import { IMPATIENT } from '../../../test/support/impatient.ts';
import { inProcessMeter } from '../../concurrency/in-process-meter.ts';
import { PATIENCE } from '../../concurrency/patience.ts';
import { openLocalHost } from '../../hosts/local-host.ts';
import type { RemoteHost } from '../../hosts/remote-host.ts';
import { isReadOnly, withReadOnly } from './configuration.ts';
import type { Distribution, DistributionReplica } from './distribution.ts';
import { setReadOnly } from './read-only.ts';

const OPEN = 'storage:\n  filesystem: {}\n';
const IDS = ['a', 'b', 'c'] as const;

type Id = (typeof IDS)[number];
/** `status`: what it answers to us. */
type Told = { host?: Partial<RemoteHost>; restart?: string[]; status?: () => number };

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'transship-read-only-'));
  for (const id of IDS) await writeFile(join(dir, id), withReadOnly(OPEN, true));
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(dir, { recursive: true });
});

const distribution = (told: Partial<Record<Id, Told>>, turn = IMPATIENT.turn): Distribution =>
  ({
    entry: { canaryRepository: 'canary' },
    meter: inProcessMeter(new AbortController().signal, { ...IMPATIENT, turn }),
    replicas: IDS.map((id) => {
      const { host = {}, restart = ['true'], status = () => 200 } = told[id] ?? {};
      return {
        id,
        entry: { config: join(dir, id), restart },
        host: { ...openLocalHost(dir), ...host },
        images: { url: `https://${id}`, tagsPage: async () => ({ status: status(), headers: {}, body: '' }) },
      } as unknown as DistributionReplica;
    }),
  }) as unknown as Distribution;

const opened = async (): Promise<Id[]> => {
  const found: Id[] = [];
  for (const id of IDS) if (!isReadOnly(await readFile(join(dir, id), 'utf8'))) found.push(id);
  return found;
};

const away = async (): Promise<never> => {
  throw new TransshipError('HostUnreachable', 'node-1 is away');
};

const collects = async () => ({ status: 0, stdout: '7 garbage-collect ?\n', stderr: '' });

it('one that does not let us in keeps no other read-only, and is reported', async () => {
  const one = distribution({ a: { status: () => 401 } });
  await expect(setReadOnly(one, false)).rejects.toMatchObject({ type: 'AccessDenied' });
  expect(await opened()).toEqual([...IDS]);
});

it('one whose host is away keeps no other read-only, and all that failed is reported', async () => {
  const one = distribution({
    a: { host: { run: away, check: away } },
    b: { restart: ['sh', '-c', 'echo broken; exit 1'] },
  });
  await expect(setReadOnly(one, false)).rejects.toMatchObject({
    type: 'HostUnreachable',
    message: expect.stringMatching(/node-1 is away \| .*broken/) as string,
  });
  expect(await opened()).toEqual(['b', 'c']);
});

it('one whose host is away keeps all from taking pushes where it may still collect garbage', async () => {
  const one = distribution({ a: { host: { run: away, check: away } } });
  await expect(setReadOnly(one, false, [], true)).rejects.toMatchObject({ type: 'HostUnreachable' });
  expect(await opened()).toEqual([]);
});

it('one whose restart never returns is given up after a while, and the others did not wait for it', async () => {
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => timeout(500));
  const one = distribution({ a: { restart: ['sleep', '600'] } });
  await expect(setReadOnly(one, false)).rejects.toMatchObject({
    type: 'CommandFailed',
    message: expect.stringContaining('sleep') as string,
  });
  expect(await opened()).toEqual([...IDS]);
});

it('those that serve start again one after the other, each back before the next', async () => {
  const away = join(dir, 'away');
  // Back a while after its restart has returned
  const slowly = ['sh', '-c', 'mkdir "$1" || exit 1; (sleep 0.2; rmdir "$1") > /dev/null 2>&1 &', 'sh', away];
  const status = () => (existsSync(away) ? 503 : 200);
  const told = { restart: slowly, status };
  await setReadOnly(distribution({ a: told, b: told, c: told }, PATIENCE.turn), false);
  expect(await opened()).toEqual([...IDS]);
});

it('one that does not serve is started again at once, and the others do not wait for it', async () => {
  const file = join(dir, 'started');
  const waits = ['sh', '-c', 'until [ -e "$1" ]; do sleep 0.05; done', 'sh', file];
  const status = () => (existsSync(file) ? 200 : 503);
  const told = { a: { restart: waits, status }, b: { restart: ['touch', file] } };
  await setReadOnly(distribution(told, PATIENCE.turn), false);
  expect(await opened()).toEqual([...IDS]);
});

it('one that does not come back in its turn holds the others up no longer', async () => {
  const file = join(dir, 'started');
  const waits = ['sh', '-c', 'until [ -e "$1" ]; do sleep 0.05; done', 'sh', file];
  await setReadOnly(distribution({ a: { restart: waits }, b: { restart: ['touch', file] } }), false);
  expect(await opened()).toEqual([...IDS]);
});

it('none takes pushes where a collection does not end', async () => {
  let now = Date.now();
  vi.spyOn(Date, 'now').mockImplementation(() => (now += 40_000));
  await expect(setReadOnly(distribution({ c: { host: { run: collects } } }), false)).rejects.toMatchObject({
    type: 'RegistryUnhealthy',
    message: expect.stringContaining('process 7') as string,
  });
  expect(await opened()).toEqual([]);
});
