// The way out proves by pushes that the registry is writable: it waits for what is still read-only, and for nothing else.

import { expect, test } from 'vitest';
import { TransshipError } from '../../../domain/transship-error.ts';
import { inProcessMeter } from '../../concurrency/in-process-meter.ts';
import { patienceWith } from '../../concurrency/patience.ts';
import type { ControlPlane, Replica } from '../control-plane.ts';
import { proveWritable } from './try-pushes.ts';

const IMPATIENT = patienceWith(() => Promise.resolve());
const answer = (status: number) => ({ status, headers: {}, body: Buffer.alloc(0) });

/** `pushes`: what each replica answers to each push, the last one for ever; 0: nothing. */
function registryWhere(pushes: Record<string, number[]>, tags: () => void = () => undefined): ControlPlane {
  const replicas = Object.entries(pushes).map(([id, statuses]) => {
    let asked = 0;
    const next = async () => {
      const status = statuses[Math.min(asked, statuses.length - 1)]!;
      asked += 1;
      if (status === 0) throw new TransshipError('RegistryUnhealthy', `${id} got no answer`);
      return answer(status);
    };
    const images = { url: `https://${id}`, pushBlob: next, putManifest: async () => answer(201) };
    return { id, url: '', images } as unknown as Replica;
  });
  return {
    name: 'prod',
    canaryRepository: 'admin/canary',
    readOnlyStatus: 405,
    replicas,
    meter: inProcessMeter(new AbortController().signal, IMPATIENT),
    members: async () => replicas,
    // oxlint-disable-next-line require-yield
    async *tags() {
      tags();
    },
    removeTag: async () => undefined,
  } as unknown as ControlPlane;
}

test('a replica that is dead is told of, and the others prove it', async () => {
  expect(await proveWritable(registryWhere({ one: [201], two: [0], three: [503] }))).toEqual([
    { replica: 'one', status: 201 },
    { replica: 'two', status: 0, problem: 'two got no answer' },
    { replica: 'three', status: 503, problem: expect.stringContaining('answered 503') },
  ]);
});

test('a replica that needs a moment is waited for', async () => {
  expect(await proveWritable(registryWhere({ one: [405, 0, 201], two: [201] }))).toEqual([
    { replica: 'one', status: 201 },
    { replica: 'two', status: 201 },
  ]);
});

test('a replica that is still read-only is an error that is worth another try', async () => {
  await expect(proveWritable(registryWhere({ one: [201], two: [405] }))).rejects.toMatchObject({
    type: 'RegistryUnhealthy',
    message: expect.stringContaining('by two: still read-only'),
  });
});

test('nobody who answers proves nothing', async () => {
  for (const pushes of [{ one: [0], two: [500] }, {}])
    await expect(proveWritable(registryWhere(pushes))).rejects.toMatchObject({ type: 'RegistryUnhealthy' });
});

test.each([400, 403, 404, 409])(
  'a canary repository that answers %s is told of, and not asked for ever',
  async (status) => {
    const gone = (): never => {
      throw new TransshipError('RegistryRefused', 'no such repository', { status });
    };
    expect(await proveWritable(registryWhere({ one: [status] }, gone))).toEqual([
      { replica: 'one', status, problem: expect.stringContaining(`answered ${status}`) },
    ]);
  },
);
