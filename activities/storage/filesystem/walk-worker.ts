// The thread of directory-walk.ts. A folder's name must be compared with its `/`, because `a-b` comes before `a/b` and
// `a.b` too, although `a` comes before both; so what a name is must be known before the names are sorted.

/* oxlint-disable unicorn/require-post-message-target-origin -- only windows have origins, threads have none */

import { isUtf8 } from 'node:buffer';
import { lstatSync, opendirSync, readdirSync, type Stats } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { compareKeys } from '../byte-order.ts';
import type { Walk, WalkAnswer, WalkBatch, WalkRequest } from './directory-walk.ts';

/** Few enough to be garbage before the collector keeps them: with more a listing takes 100 MB for nothing. */
const BATCH_OBJECTS = 250;
/** What Node puts in the place of bytes that are no UTF-8. */
const NO_UTF8 = '\ufffd';

/** The walk that is under way. */
let { root, prefix, after, leaveOut }: Walk = { root: '', prefix: '', after: '', leaveOut: '' };
let objects: Generator<Found & { key: string }>;

type Found = { size: number; flaw?: string };

function* objectsOf(folder: string): Generator<Found & { key: string }> {
  for (const name of namesOf(folder)) {
    const key = folder + name;
    if (name.endsWith('/')) {
      if (key !== `${leaveOut}/` && mayHold(key)) yield* objectsOf(key);
    } else if (key.startsWith(prefix) && (after === '' || compareKeys(key, after) > 0)) {
      const found = look(key);
      if (found !== undefined) yield { key, ...found };
    }
  }
}

/**
 * Sorted, folders with a `/` at their end. The directory tells which are folders; each file is looked at when its turn
 * comes, because a folder with a million names, on a network at that, would be silent for long.
 */
function namesOf(folder: string): string[] {
  const directory = folder === '' ? opendirSync(root) : ifThere(() => opendirSync(`${root}/${folder}`));
  if (directory === undefined) return [];
  const names: string[] = [];
  try {
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync())
      if (mayBeWanted(folder, entry.name)) names.push(entry.isDirectory() ? `${entry.name}/` : entry.name);
  } finally {
    directory.closeSync();
  }
  return names.length < 2 ? names : names.sort(compareKeys);
}

/** undefined: it went away meanwhile. */
function look(key: string): Found | undefined {
  const found = ifThere(() => lstatSync(`${root}/${key}`, { throwIfNoEntry: false }));
  if (found?.isFile()) return { size: found.size };
  if (found !== undefined) return found.isDirectory() ? undefined : { size: 0, flaw: flawOf(found) };
  if (key.includes(NO_UTF8)) requireUtf8(key.slice(0, key.lastIndexOf('/') + 1));
  return undefined;
}

/** What is no file is no object, and is not left out either: a registry's driver may look behind it. */
function flawOf(found: Stats): string {
  if (found.isSymbolicLink()) return 'is a symbolic link';
  if (found.isFIFO()) return 'is a pipe';
  return found.isSocket() ? 'is a socket' : 'is a device';
}

function requireUtf8(folder: string): void {
  const names = ifThere(() => readdirSync(`${root}/${folder}`, { encoding: 'buffer' })) ?? [];
  const bad = names.find((name) => !isUtf8(name));
  if (bad === undefined) return;
  const shown = JSON.stringify(folder + bad.toString('latin1'));
  throw new UnsafeNameError(`a name is no UTF-8, so it cannot be copied: ${shown} in Latin-1`);
}

class UnsafeNameError extends Error {
  readonly code = 'UNSAFE_NAME';
}

/** False for names that cannot lead to a wanted key, whatever they are: they need not be looked at. */
function mayBeWanted(folder: string, name: string): boolean {
  if (prefix.length > folder.length && prefix.startsWith(folder)) {
    const [wanted = '', ...deeper] = prefix.slice(folder.length).split('/');
    if (deeper.length > 0 ? name !== wanted : !name.startsWith(wanted)) return false;
  }
  if (after.length > folder.length && after.startsWith(folder)) {
    const passed = after.slice(folder.length).split('/', 1)[0] as string;
    if (!passed.startsWith(name) && compareKeys(name, passed) < 0) return false;
  }
  return true;
}

/** Can a key that begins with `folder` be wanted? */
function mayHold(folder: string): boolean {
  if (!folder.startsWith(prefix) && !prefix.startsWith(folder)) return false;
  return after === '' || after.startsWith(folder) || compareKeys(folder, after) > 0;
}

function ifThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function nextBatch(): WalkAnswer {
  const batch: WalkBatch = { keys: [], sizes: [], flaws: {}, last: false };
  try {
    while (batch.keys.length < BATCH_OBJECTS) {
      const next = objects.next();
      if (next.done === true) return { ...batch, last: true };
      const { key, size, flaw } = next.value;
      if (flaw !== undefined) batch.flaws[batch.keys.length] = flaw;
      batch.keys.push(key);
      batch.sizes.push(size);
    }
    return batch;
  } catch (error) {
    const { message, code, syscall } = error as NodeJS.ErrnoException;
    return {
      error: { message, ...(code !== undefined && { code }), ...(syscall !== undefined && { syscall }) },
    };
  }
}

parentPort?.on('message', (request: WalkRequest) => {
  if (request !== 'more') {
    ({ root, prefix, after, leaveOut } = request);
    objects = objectsOf('');
  }
  parentPort?.postMessage(nextBatch());
});
