// A dead replica says nothing of any image, and one that is well and serves other bytes says all.

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { TransshipError } from '../../../domain/transship-error.ts';
import { inProcessMeter } from '../../concurrency/in-process-meter.ts';
import { patienceWith } from '../../concurrency/patience.ts';
import type { ControlPlane, Replica } from '../control-plane.ts';
import type { CheckedImage } from './image-checker.ts';
import { pullSample } from './pull-sample.ts';

const MANIFEST = Buffer.from('{"schemaVersion":2}');
const digest = `sha256:${createHash('sha256').update(MANIFEST).digest('hex')}`;
const image: CheckedImage = {
  findings: [],
  bytes: 10,
  manifests: [digest],
  blobs: [],
  unverified: 0,
} as never;

const serving = (bytes: Buffer) => ({ getManifest: async () => ({ bytes, mediaType: '' }) });
const silent = {
  getManifest: async () => {
    throw new TransshipError('RegistryUnhealthy', 'got no answer: connect ECONNREFUSED');
  },
};

/** What is found in four images, pulled through two replicas in turn, the second of which is so. */
async function findings(second: object, health: string | undefined): Promise<string[]> {
  const meter = inProcessMeter(
    new AbortController().signal,
    patienceWith(() => Promise.resolve()),
  );
  const replicas = [
    { id: '1', images: serving(MANIFEST) },
    { id: '2', images: second },
  ] as unknown as Replica[];
  const registry = {
    meter,
    images: serving(MANIFEST),
    ping: async () => undefined,
    members: async () => replicas,
    healthProblem: async ([id]: string[]) => (id === '2' ? health : undefined),
  } as unknown as ControlPlane;
  const chosen = [0, 1, 2, 3].map((at) => ({ at, row: { repository: 'a/b', tag: `v${at}`, digest }, image }));
  const found: string[] = [];
  for await (const pulled of pullSample(registry, chosen, undefined, Infinity))
    found.push(...pulled.findings.map(({ problem }) => `${pulled.row.tag} ${problem}`));
  return found;
}

test('the share of one that dies is pulled from the registry, and no image is damaged by it', async () => {
  expect(await findings(silent, 'got no answer')).toEqual([]);
});

test('one that is well and cannot read a part, or has other bytes, is believed', async () => {
  expect(await findings(silent, undefined)).toContain('v1 manifest-unreadable');
  expect(await findings(serving(Buffer.from('other')), undefined)).toContain('v1 manifest-differs');
});
