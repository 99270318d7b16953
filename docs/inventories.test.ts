// A whole inventory that a page shows is copied by whoever reads it: `transship inventory check` must find nothing in it.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runCli } from '../client/cli/run-cli.ts';
import { recordedIo } from '../test/client/recorded-io.ts';

test.each(['README.md', 'docs/operations/plain-registry.md'])(
  'the inventory of %s has no mistakes',
  async (page) => {
    const text = await readFile(path.join(import.meta.dirname, '..', page), 'utf8');
    const [inventory, ...more] = [...text.matchAll(/^```yaml\n([^]*?)^```$/gm)]
      .map(([, block]) => block!)
      .filter((block) => /^journal: /m.test(block));
    expect(more).toEqual([]);
    const dir = await mkdtemp(path.join(tmpdir(), 'transship-inventory-'));
    onTestFinished(async () => await rm(dir, { recursive: true }));
    const file = path.join(dir, 'inventory.yaml');
    await writeFile(file, inventory!);
    const io = recordedIo();
    expect({ code: await runCli(['inventory', 'check', file], io), said: io.stdout() }).toEqual({
      code: 0,
      said: `${file} has no mistakes\n`,
    });
  },
);
