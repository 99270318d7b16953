// What is found in a configuration before anybody wants to change it.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { IMPATIENT } from '../../../test/support/impatient.ts';
import { inProcessMeter } from '../../concurrency/in-process-meter.ts';
import { openLocalHost } from '../../hosts/local-host.ts';
import type { Distribution } from './distribution.ts';
import { inspect } from './inspect.ts';

const DELETE = '  delete: { enabled: true }\n';

async function stopsIn(text: string, destination: string): Promise<string[]> {
  const dir = await mkdtemp(join(tmpdir(), 'transship-inspect-'));
  onTestFinished(async () => await rm(dir, { recursive: true }));
  const config = join(dir, 'config.yml');
  await writeFile(config, text);
  const images = { url: 'https://a', tagsPage: async () => ({ status: 200 }) };
  const program = ['sh', '-c', 'echo registry v2.8.3'];
  const distribution = {
    entry: { canaryRepository: 'canary' },
    images,
    meter: inProcessMeter(new AbortController().signal, IMPATIENT),
    environment: {
      inventory: { storages: { other: { kind: 'filesystem', path: '/srv/other' } } },
      resolveSecret: async () => '',
    },
    replicas: [{ id: 'a', host: openLocalHost(dir), entry: { config, program }, images }],
  } as unknown as Distribution;
  const { findings } = await inspect(distribution, { destination });
  return (findings ?? []).filter(({ severity }) => severity === 'stops').map(({ reason }) => reason);
}

it.each([
  ['nothing', `storage:\n  filesystem: {}\n${DELETE}`, []],
  [
    'its maintenance stands elsewhere',
    `m: &m {}\nstorage:\n  filesystem: {}\n  maintenance: *m\n${DELETE}`,
    [expect.stringContaining('refers to anchors')],
  ],
  [
    'its driver is used elsewhere',
    `storage:\n  filesystem: &f { maxthreads: 100 }\n${DELETE}mirror: *f\n`,
    [expect.stringContaining('an anchor of its driver')],
  ],
])('what cannot be changed is found before: %s', async (_what, text, found) => {
  expect(await stopsIn(text, 'other')).toEqual(found);
});
