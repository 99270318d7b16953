// What a plain registry refuses to collect, before anything runs.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { IMPATIENT } from '../../../test/support/impatient.ts';
import { inProcessMeter } from '../../concurrency/in-process-meter.ts';
import { openLocalHost } from '../../hosts/local-host.ts';
import type { RemoteHost } from '../../hosts/remote-host.ts';
import { collect, previewCollection } from './collect.ts';
import type { Distribution } from './distribution.ts';

const RUN = { job: 'jobs/registry-prod/run-1', version: '2.8.3' };

async function distributionWith(storage: string, host: Partial<RemoteHost> = {}): Promise<Distribution> {
  const dir = await mkdtemp(join(tmpdir(), 'transship-collect-'));
  onTestFinished(async () => await rm(dir, { recursive: true }));
  const config = join(dir, 'config.yml');
  await writeFile(config, `storage:\n  filesystem: {}\n${storage}`);
  return {
    meter: inProcessMeter(new AbortController().signal, IMPATIENT),
    replicas: [{ id: 'a', host: { ...openLocalHost(dir), ...host }, entry: { config, program: ['true'] } }],
  } as unknown as Distribution;
}

/** As with `hidepid=2`, for a user who is not the registry's: the rest of the host is as it is. */
const hidden: Partial<RemoteHost> = {
  run: async (argv, options) =>
    argv.join(' ').includes('/proc/')
      ? { status: 0, stdout: '', stderr: '' }
      : await openLocalHost(tmpdir()).run(argv, options),
};

it.each<[string, (of: Distribution) => Promise<unknown>, string]>([
  ['nobody is asked about', async (of) => await previewCollection(of, RUN).next(), ''],
  [
    'nothing is taken of the',
    async (of) => await collect(of, RUN),
    '  maintenance: { readonly: { enabled: true } }\n',
  ],
])('%s garbage where the processes of the registry are hidden', async (_what, work, storage) => {
  await expect(work(await distributionWith(storage, hidden))).rejects.toMatchObject({
    type: 'RegistryRefused',
    message: expect.stringMatching(/cannot be seen .* not collected.*hidepid/) as string,
  });
});

it('nobody is asked about garbage where a cache remembers what was removed', async () => {
  const distribution = await distributionWith('  cache: { blobdescriptor: redis }\n');
  await expect(previewCollection(distribution, RUN).next()).rejects.toMatchObject({
    type: 'RegistryRefused',
    message: expect.stringContaining('redis') as string,
  });
});
