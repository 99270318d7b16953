// The thread of directory-walk.ts. A folder's name must be compared with its `/`, because `a-b` comes before `a/b` and
// `a.b` too, although `a` comes before both; so what a name is must be known before the names are sorted.

/* oxlint-disable unicorn/require-post-message-target-origin -- only windows have origins, threads have none */

import { isUtf8 } from 'node:buffer';
import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { compareKeys } from '../byte-order.ts';
import type { Walk, WalkAnswer, WalkBatch } from './directory-walk.ts';

/** Few enough to be garbage before the collector keeps them: with more a listing takes 100 MB for nothing. */
const BATCH_OBJECTS = 250;
/** What Node puts in the place of bytes that are no UTF-8. */
const NO_UTF8 = '\ufffd';

const { root, prefix, after, leaveOut } = workerData as Walk;

type Found = { size: number; flaw?: string };
type Entry = Found & { name: string };

function* objectsOf(folder: string): Generator<Found & { key: string }> {
  for (const { name, ...found } of entriesOf(folder)) {
    const key = folder + name;
    if (name.endsWith('/')) {
      if (key !== `${leaveOut}/` && mayHold(key)) yield* objectsOf(key);
    } else if (key.startsWith(prefix) && (after === '' || compareKeys(key, after) > 0))
      yield { key, ...found };
  }
}

/** Files and whatever is neither file nor folder; folders with a `/` at the end of their name. Sorted. */
function entriesOf(folder: string): Entry[] {
  const names = folder === '' ? readdirSync(root) : (ifThere(() => readdirSync(`${root}/${folder}`)) ?? []);
  const entries: Entry[] = [];
  for (const name of names) {
    if (!mayBeWanted(folder, name)) continue;
    const found = ifThere(() => lstatSync(`${root}/${folder}${name}`, { throwIfNoEntry: false }));
    if (found?.isDirectory()) entries.push({ name: `${name}/`, size: 0 });
    else if (found?.isFile()) entries.push({ name, size: found.size });
    else if (found !== undefined) entries.push({ name, size: 0, flaw: flawOf(found) });
    else if (name.includes(NO_UTF8)) requireUtf8(folder);
  }
  return entries.length < 2 ? entries : entries.sort((a, b) => compareKeys(a.name, b.name));
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

const objects = objectsOf('');

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

parentPort?.on('message', () => parentPort?.postMessage(nextBatch()));
parentPort?.postMessage(nextBatch());
