// Lists and reads a directory on a host: one command each, whatever the number of objects.

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { compareKeys } from '../byte-order.ts';
import { ObjectNotFoundError } from '../errors.ts';
import type { ReadItem, Storage, StoredObject } from '../storage.ts';
import type { HostDirectory } from './host-directory.ts';
import { LIST, NO_ROOT, NOT_FOUND, READ, TAR } from './host-scripts.ts';
import { splitRecords } from './split-records.ts';

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
    const key = record.subarray(0, split).toString('utf8');
    if (!key.startsWith(prefix) || (after !== '' && compareKeys(key, after) <= 0)) continue;
    yield { key, size: Number(record.subarray(split + 1)) };
  }
  const { status, stderr } = await command.done;
  if (status !== 0 || !complete) throw directory.failure(status, stderr);
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
      if (type !== 'file' && type !== 'contiguous-file') {
        entry.resume();
        continue;
      }
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

/** The folder that holds every key with this prefix, with `/` at its end; empty for the root. */
const folderOf = (prefix: string): string => prefix.slice(0, prefix.lastIndexOf('/') + 1);

/** Did tar complain only of files that were removed, or changed, after the names were given? */
function onlyVanished(stderr: string): boolean {
  return (
    stderr
      .split('\n')
      .every((line) =>
        /^$|: (Cannot stat|Cannot open|File removed before we read it|file changed as we read it|File shrank by).*|: Exiting with failure status/.test(
          line,
        ),
      ) && !/Permission denied|Input\/output error/.test(stderr)
  );
}

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
