// Lists and reads a directory on a host: one command each, whatever the number of objects.

import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { Led } from '../accepted-links.ts';
import { compareKeys } from '../byte-order.ts';
import { ObjectNotFoundError } from '../errors.ts';
import type { ReadItem, Storage, StoredObject } from '../storage.ts';
import type { HostDirectory } from './host-directory.ts';
import { FOLLOW, LINK_SAYS, LIST, NO_ROOT, NOT_FOUND, READ, TAR, UNFIT, WRITTEN } from './host-scripts.ts';
import { splitRecords } from './split-records.ts';

/** What find's letters mean that are no `f` for a file. Links are never followed. */
const FLAWS: Record<string, string> = {
  l: 'is a symbolic link',
  p: 'is a pipe',
  s: 'is a socket',
  b: 'is a device',
  c: 'is a device',
  D: 'is a door',
  U: 'is something unknown',
};

/** What the letters of `FOLLOW` mean. */
const LED: Record<string, 'folder' | 'emptyFolder'> = { d: 'folder', e: 'emptyFolder' };

/** Begins the record of the status, which comes after all keys. */
const END_MARK = 0xff;
/** Between a key and its size. */
const SIZE_MARK = 1;

export async function* listDirectory(
  directory: HostDirectory,
  { prefix = '', after = '', signal }: Parameters<Storage['list']>[0],
): AsyncGenerator<StoredObject> {
  const args = [directory.staging, folderOf(prefix)];
  const command = await directory.stream(LIST, args, signal && { signal });
  let complete = false;
  for await (const record of splitRecords(command.stdout)) {
    if (record[0] === END_MARK) {
      complete = record.subarray(1).toString('latin1') === '0';
      continue;
    }
    const split = record.lastIndexOf(SIZE_MARK);
    const name = record.subarray(0, split);
    if (!isUtf8(name)) throw notUtf8(directory, name);
    const key = name.toString('utf8');
    if (!key.startsWith(prefix) || (after !== '' && compareKeys(key, after) <= 0)) continue;
    const flaw = FLAWS[String.fromCharCode(record[split + 1] as number)];
    yield { key, ...(flaw === undefined ? { size: Number(record.subarray(split + 2)) } : { size: 0, flaw }) };
  }
  const { status, stderr } = await command.done;
  if (status !== 0 || !complete) throw directory.failure(status, stderr);
}

/** In the order of the keys. */
export async function followLinks(
  directory: HostDirectory,
  keys: string[],
  signal: AbortSignal | undefined,
): Promise<Led[]> {
  const records = (await directory.check(FOLLOW, keys, signal && { signal })).split('\0');
  return keys.map((_key, at) => {
    const record = records[at] as string;
    if (record === '-') return 'no link';
    if (record === '?') return 'nothing there';
    return { to: record.slice(1), is: LED[record.charAt(0)] ?? 'file' };
  });
}

function notUtf8({ describe }: HostDirectory, name: Buffer): TransshipError {
  const shown = JSON.stringify(name.toString('latin1'));
  const says = `a name is no UTF-8, so it cannot be copied: ${shown} in Latin-1`;
  return new TransshipError('UnsafeKey', `${describe}: ${says}`);
}

export async function readFromDirectory(
  directory: HostDirectory,
  key: string,
  { offset = 0, length, signal }: { offset?: number; length?: number; signal?: AbortSignal },
): Promise<Readable> {
  const failure = (status: number, stderr: string): Error =>
    status === NOT_FOUND
      ? new ObjectNotFoundError(key, directory.describe)
      : directory.failure(status, stderr);
  const args = [key, String(offset), String(length ?? '')];
  const { stdout } = await directory.stream(READ, args, { failure, ...(signal && { signal }) });
  await begun(stdout);
  return stdout;
}

/** A tar of all of them, unpacked here. */
export async function* readManyFromDirectory(
  directory: HostDirectory,
  keys: string[],
  options: { signal?: AbortSignal },
): AsyncGenerator<ReadItem> {
  if (keys.length === 0) return;
  const command = await directory.stream(TAR, [], options);
  const names = Readable.from([keys.map((key) => `./${key}\0`).join('')]);
  const sent = pipeline(names, command.stdin).catch(() => undefined);
  const archive = extract();
  const unpacked = pipeline(command.stdout, archive);
  unpacked.catch(() => undefined);
  try {
    for await (const entry of archive) {
      const { name, size, type } = entry.header;
      if (type === 'directory') {
        entry.resume();
        continue;
      }
      if (type !== 'file' && type !== 'contiguous-file')
        throw directory.failure(UNFIT, `${LINK_SAYS} ${name}, which is of type ${type} now`);
      // tar-stream's streams are not Node's own.
      const body = Readable.from(entry, { objectMode: false });
      yield { key: name.slice('./'.length), size, body };
      entry.resume();
    }
    await unpacked;
    await sent;
    const { status, stderr } = await command.done;
    if (status === NO_ROOT || (status !== 0 && !onlyVanished(stderr))) {
      throw directory.failure(status, stderr);
    }
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    throw error;
  } finally {
    command.stdout.destroy();
  }
}

export async function writtenInDirectory(
  directory: HostDirectory,
  keys: string[],
  options: { signal?: AbortSignal },
): Promise<Map<string, number>> {
  if (keys.length === 0) return new Map();
  const input = keys.map((key) => `${key}\0`).join('');
  const records = (await directory.check(WRITTEN, [], { input, ...options })).split('\0').slice(0, -1);
  return new Map(
    records.map((record) => {
      const split = record.indexOf(' ');
      return [record.slice(split + 1), Number(record.slice(0, split)) * 1000];
    }),
  );
}

/** The folder that holds every key with this prefix, with `/` at its end; empty for the root. */
const folderOf = (prefix: string): string => prefix.slice(0, prefix.lastIndexOf('/') + 1);

/**
 * What tar says of files that were removed, or changed, after the names were given. Anything else, also of one file alone
 * (a stale handle, too many open files), says that the object is there and was not read; a file that shrank is filled up
 * with zeros.
 */
const VANISHED =
  /^$|: Cannot (stat|open): (No such file or directory|Not a directory)$|: File removed before we read it$|: file changed as we read it$|: Exiting with failure status/;

export const onlyVanished = (stderr: string): boolean =>
  stderr.split('\n').every((line) => VANISHED.test(line));

/** READ prints one byte once the object is open; what follows is the object. */
async function begun(stream: Readable): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const look = (): void => {
      if (stream.read(1) === null && !stream.readableEnded) return;
      stream.off('readable', look).off('error', reject);
      resolve();
    };
    stream.on('readable', look).once('error', reject);
  });
}
