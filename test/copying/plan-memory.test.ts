// Planning holds no more of two listings of a million objects than of short ones.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const OBJECTS = 1_000_000;
const MAX_RESIDENT_BYTES = 300e6;

test('a pass over a million objects on both sides is planned in less than 300 MB', async () => {
  const child = join(import.meta.dirname, 'plan-memory-child.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [child, String(OBJECTS)]);
  const { list, bytes } = JSON.parse(stdout) as { list: object; bytes: number };
  expect(list).toMatchObject({
    sourceObjects: OBJECTS,
    copyObjects: OBJECTS / 10,
    shards: OBJECTS / 10 / 500,
  });
  expect(bytes).toBeLessThan(MAX_RESIDENT_BYTES);
});
