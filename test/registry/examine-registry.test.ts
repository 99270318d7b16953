// The preflight by itself, on a registry of two replicas whose hosts are real ones, and a destination on a real server.

import { isStopping } from '../../domain/finding.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { inProcessMeter } from '../../activities/concurrency/in-process-meter.ts';
import { examineRegistry } from '../../activities/registry/examine-registry.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import { judgeRegistry } from '../../domain/migration/judge-registry.ts';
import { dtr } from '../../domain/registries/dtr/dtr.ts';
import { IMPATIENT } from '../support/impatient.ts';
import { startRegistryRig, type RegistryRig } from './registry-rig.ts';

const REPLICAS = ['000000000001', '000000000002'];

let rig: RegistryRig;

beforeAll(async () => {
  rig = await startRegistryRig({ bootstrapper: true });
});
afterEach(async () => {
  await rig.changeHabits({ healthIsOld: false });
});
afterAll(async () => {
  await rig.stop();
});

const examined = async (): Promise<string[]> => {
  const { findings } = await examineRegistry(
    rig.environment,
    { registry: 'prod', destination: 's3-prod' },
    inProcessMeter(new AbortController().signal, IMPATIENT),
  );
  return findings.map(({ severity, reason }) => `${severity} ${reason}`);
};

const stopping = (found: string[]): string[] => found.filter((text) => text.startsWith('stops'));

const keysIn = async (storage: Storage): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of storage.list({})) keys.push(key);
  return keys;
};

test('finds nothing that stops a healthy registry, and says by which way it would go', async () => {
  const found = await examined();
  expect(stopping(found)).toEqual([]);
  for (const path of ['best-practice', 'read-only'])
    expect(found).toContain(`notes By the ${path} path DTR 2.7.9 is switched by "keep-metadata".`);
  expect(found.join()).not.toContain('cannot be looked at');
});

test('health that replicas wrote down long ago is seen as stale, though all of it says OK', async () => {
  await rig.changeHabits({ healthIsOld: true });
  const state = await rig.run('inspectRegistry', { registry: 'prod' });
  expect(state.replicas.every(({ healthy }) => healthy)).toBe(true);
  const inventory = REPLICAS.map((id) => ({ id, host: 'node1' }));
  const found = judgeRegistry(dtr, state, inventory).filter(isStopping);
  expect(found.map(({ severity, reason }) => `${severity} ${reason}`)).toEqual(
    REPLICAS.map(
      (id) =>
        expect.stringMatching(
          `^stops Replica ${id} is called healthy by what it said (1h|59m).* ago`,
        ) as string,
    ),
  );
});

test('shows all that would stop a migration at once, and changes nothing', async () => {
  await rig.changeHabits({ healthIsOld: true });
  await rig.api('POST', 'meta/settings', { readOnlyRegistry: true });
  const destination = await rig.environment.openStorage('s3-prod');
  await destination.write('somebody/else', Buffer.from('x'), { size: 1 });
  const found = await examined();
  await rig.api('POST', 'meta/settings', { readOnlyRegistry: false });
  for (const text of ['called healthy by what it said', 'read-only already', 'destination cannot be filled'])
    expect(stopping(found).join('\n')).toContain(text);
  expect(await keysIn(destination)).toEqual(['somebody/else']);
  await destination.remove(['somebody/else']);
});
