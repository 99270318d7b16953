// The one field whose absence erases every tag is sent by everything that changes the storage of a DTR: there is one such.

import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { IMPATIENT } from '../../../test/support/impatient.ts';
import { named } from '../../../test/workflows/fake-activities.ts';
import { inProcessMeter } from '../../concurrency/in-process-meter.ts';
import type { Dtr } from './dtr.ts';
import { switchKeepingMetadata } from './keep-metadata.ts';

const root = new URL('../../..', import.meta.url).pathname;

/** Files of the product in which `text` stands. */
const filesWith = (text: RegExp): string[] =>
  globSync('{activities,domain,workflows,worker,client}/**/*.ts', { cwd: root })
    .filter((file) => !file.endsWith('.test.ts') && text.test(readFileSync(`${root}/${file}`, 'utf8')))
    .sort();

test('the storage of a DTR is set by one file, which always sends keep_metadata', () => {
  expect(filesWith(/\bapi\.put\(/)).toEqual(['activities/registry/dtr/keep-metadata.ts']);
  expect(filesWith(/keep_metadata: true \}/)).toEqual(['activities/registry/dtr/keep-metadata.ts']);
  expect(filesWith(/keep_metadata: (?!true)/)).toEqual([]);
});

test('a switch waits for every member but those that were given up', async () => {
  const health = { replica_health: { a: 'OK', b: 'OK', c: 'not reachable' } };
  const answers: Record<string, unknown> = {
    'admin/settings/registry': {
      storage: { s3: { bucket: 'images', region: 'us-east-1', rootdirectory: '' } },
    },
    'meta/cluster_status': health,
  };
  const waitedFor: unknown[] = [];
  const end = new AbortController();
  const meter = {
    ...inProcessMeter(end.signal, IMPATIENT),
    moved: (news: unknown) => {
      waitedFor.push(news);
      end.abort(new Error('enough'));
    },
  };
  const api = {
    get: async (path: string, shape: { parse: (value: unknown) => unknown }) => shape.parse(answers[path]),
    put: async () => undefined,
  };
  const environment = { inventory: { storages: { new: named.destination } }, resolveSecret: async () => '' };
  const dtr = { api, replicas: [], meter, environment } as unknown as Dtr;
  await switchKeepingMetadata(dtr, 'new', ['c']);
  expect(waitedFor).toEqual([]);
  await expect(switchKeepingMetadata(dtr, 'new')).rejects.toThrow('enough');
  expect(waitedFor).toEqual([{ waitingFor: 'replica c: not reachable' }]);
});
