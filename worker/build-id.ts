// Which build a worker is: a digest of all that decides what it does, its sources and its pinned packages. A migration
// stays with the build that it began with (Temporal's Worker Versioning), so that a new one never meets a history that it
// would not have written.

import { createHash } from 'node:crypto';
import { glob, readFile } from 'node:fs/promises';
import path from 'node:path';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { Inventory } from '../contracts/inventory.ts';

const ROOT = path.join(import.meta.dirname, '..');
const SOURCES = ['contracts', 'domain', 'workflows', 'activities', 'worker'].map((room) => `${room}/**/*.ts`);
/** Where an image has no lockfile, npm has left its own. */
const LOCKFILES = ['package-lock.json', 'node_modules/.package-lock.json'];
const DIGITS = 12;

/** `bundle`: a workflow bundle that takes the place of the sources' own. */
export async function buildIdOf(bundle: string | undefined): Promise<string> {
  const files: string[] = [];
  for await (const file of glob(SOURCES, { cwd: ROOT, exclude: (name) => name.endsWith('.test.ts') }))
    files.push(file);
  const hash = createHash('sha256');
  for (const file of files.sort()) hash.update(`\0${file}\0`).update(await readFile(path.join(ROOT, file)));
  hash.update('\0packages\0').update(await lockfile());
  if (bundle !== undefined) hash.update('\0bundle\0').update(await readFile(bundle));
  return hash.digest('hex').slice(0, DIGITS);
}

/**
 * What the names of migrations mean to this worker. Which storage a registry uses is left out, as in the binding of a plan: it
 * changes with every move, and a worker that has it wrong is found by the registry itself before a plan. So are schedules,
 * which no worker reads.
 */
export function inventoryDigest({ registries, ...inventory }: Inventory): string {
  const others = { ...inventory, schedules: undefined };
  const entries = Object.entries(registries).map(([name, entry]) => [name, { ...entry, storage: undefined }]);
  return createHash('sha256')
    .update(canonicalJson({ ...others, registries: Object.fromEntries(entries) }))
    .digest('hex')
    .slice(0, DIGITS);
}

async function lockfile(): Promise<Buffer> {
  for (const file of LOCKFILES) {
    const found = await readFile(path.join(ROOT, file)).catch(() => undefined);
    if (found !== undefined) return found;
  }
  return Buffer.alloc(0);
}
