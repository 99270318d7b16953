// The one field whose absence erases every tag is sent by everything that changes the storage of a DTR: there is one such.

import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

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
