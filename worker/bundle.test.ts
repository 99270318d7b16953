import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { WORKFLOW_TYPES } from '../contracts/names.ts';
import { prepareBundle } from './bundle.ts';

test('the bundle is built once, and a second worker takes it from the cache', async () => {
  const cacheDir = await mkdtemp(path.join(tmpdir(), 'transship-bundle-'));
  try {
    const file = await prepareBundle(cacheDir);
    const { mtimeNs } = await stat(file, { bigint: true });
    const code = await readFile(file, 'utf8');
    for (const type of Object.values(WORKFLOW_TYPES)) expect(code).toContain(type);

    expect(await prepareBundle(cacheDir)).toBe(file);
    expect((await stat(file, { bigint: true })).mtimeNs).toBe(mtimeNs);
    expect(await readdir(cacheDir)).toEqual([path.basename(file)]);
  } finally {
    await rm(cacheDir, { recursive: true });
  }
});
