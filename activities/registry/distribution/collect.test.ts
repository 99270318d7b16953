// What a plain registry refuses to collect, before anything runs.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { IMPATIENT } from '../../../test/support/impatient.ts';
import { inProcessMeter } from '../../concurrency/in-process-meter.ts';
import { openLocalHost } from '../../hosts/local-host.ts';
import { previewCollection } from './collect.ts';
import type { Distribution } from './distribution.ts';

it('nobody is asked about garbage where a cache remembers what was removed', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'transship-collect-'));
  onTestFinished(async () => await rm(dir, { recursive: true }));
  const config = join(dir, 'config.yml');
  await writeFile(config, 'storage:\n  filesystem: {}\n  cache: { blobdescriptor: redis }\n');
  const distribution = {
    meter: inProcessMeter(new AbortController().signal, IMPATIENT),
    replicas: [{ id: 'a', host: openLocalHost(dir), entry: { config, program: ['true'] } }],
  } as unknown as Distribution;
  const preview = previewCollection(distribution, { job: 'jobs/registry-prod/run-1', version: '2.8.3' });
  await expect(preview.next()).rejects.toMatchObject({
    type: 'RegistryRefused',
    message: expect.stringContaining('redis') as string,
  });
});
