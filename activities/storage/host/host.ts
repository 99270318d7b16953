// A directory on an SSH host. Its bytes are listed, hashed and copied where they lie; what must travel, travels as a
// stream over one command. As with a local directory, the directory itself must exist.

import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { TransshipError } from '../../../domain/transship-error.ts';
import { CommandEndedError } from '../../hosts/command-input.ts';
import { lastLines } from '../../hosts/last-lines.ts';
import type { RemoteHost } from '../../hosts/remote-host.ts';
import { compareKeys } from '../byte-order.ts';
import { DamagedObjectError, ObjectNotFoundError } from '../errors.ts';
import { STAGING_FOLDER } from '../staging.ts';
import { gatherCopies } from './gather-copies.ts';
import { type BatchItem, type BatchOutcome, writeBatch } from './host-batch.ts';
import { writeInParts } from './host-parts.ts';
import {
  COPY,
  LIST,
  NO_ROOT,
  NOT_FOUND,
  READ,
  REMOVE,
  STAT,
  SWEEP,
  TAR,
  UNFIT,
  WRITE,
  WRONG_BYTES,
} from './host-scripts.ts';
import { measureBody, readableOf } from '../bytes/measured-body.ts';
import { splitRecords } from './split-records.ts';
import type { Storage, WriteOptions, WriteResult } from '../storage.ts';

const MESSAGE_TAIL_CHARACTERS = 500;

/** Above it an object is sent in parts: what a broken connection costs is then one part. */
const PARTS_ABOVE_BYTES = 256 * 1024 * 1024;
/** While the host hashes or copies nobody sees bytes flow; SSH's keep-alive tells whether it is still there. */
const STILL_THERE_INTERVAL_MS = 1000;

const places = new WeakMap<Storage, { host: RemoteHost; root: string }>();

export function openHostStorage(host: RemoteHost, root: string): Storage {
  const describe = `directory ${root} on host ${host.name}`;
  const shell = (script: string, ...args: string[]): string[] => ['sh', '-c', script, 'sh', root, ...args];

  const failure = (status: number, stderr: string): TransshipError => {
    const end = lastLines(stderr, MESSAGE_TAIL_CHARACTERS);
    if (status === UNFIT || /File name too long/i.test(end)) {
      return new TransshipError('InvalidInput', `${describe} cannot hold an object: ${end}`, {
        host: host.name,
      });
    }
    const type = /permission denied/i.test(end) ? 'AccessDenied' : 'StorageUnavailable';
    const problem = status === NO_ROOT ? 'does not exist' : `status ${status}: ${end}`;
    return new TransshipError(type, `${describe}: ${problem}`, { host: host.name, status });
  };

  const checked = async (argv: string[], signal?: AbortSignal, input = ''): Promise<string> => {
    const result = await host.run(argv, { input, ...(signal && { signal }) });
    if (result.status !== 0) throw failure(result.status, result.stderr);
    return result.stdout;
  };

  const swept = once(() => checked(shell(SWEEP, STAGING_FOLDER)));

  const batch = async (items: BatchItem[], options: WriteOptions, from?: string): Promise<BatchOutcome[]> => {
    await swept();
    const place = { root, staging: STAGING_FOLDER, ...(from !== undefined && { from }) };
    const result = await seenMoving(writeBatch(host, place, items, options.signal), options);
    if ('status' in result) throw failure(result.status, result.stderr);
    options.moved?.();
    return result.outcomes;
  };

  const copyOnHost = gatherCopies((from, items, options) => batch(items, options, from));

  const storage: Storage = {
    kind: 'host',
    describe,
    proof: {
      kind: 'read-back',
      note: 'a directory cannot check digests: the host reads every object back and hashes it where it lies',
    },
    limits: { object: Number.MAX_SAFE_INTEGER, parts: PARTS_ABOVE_BYTES },

    async *list({ prefix = '', after = '', signal }) {
      const command = await host.stream(shell(LIST, STAGING_FOLDER, folderOf(prefix)), signal && { signal });
      let complete = false;
      for await (const record of splitRecords(command.stdout)) {
        if (record[0] === 0xff) {
          complete = record.subarray(1).toString('latin1') === '0';
          continue;
        }
        const split = record.lastIndexOf(1);
        const key = record.subarray(0, split).toString('utf8');
        if (!key.startsWith(prefix) || (after !== '' && compareKeys(key, after) <= 0)) continue;
        yield { key, size: Number(record.subarray(split + 1)) };
      }
      const { status, stderr } = await command.done;
      if (status !== 0 || !complete) throw failure(status, stderr);
    },

    async stat(key, options = {}) {
      const result = await host.run(shell(STAT, key), options);
      if (result.status === NOT_FOUND) return undefined;
      if (result.status !== 0) throw failure(result.status, result.stderr);
      const [size, sha256] = result.stdout.trim().split(' ');
      return { size: Number(size), ...(sha256 && { sha256 }) };
    },

    async read(key, options = {}) {
      const { offset = 0, length, signal } = options;
      const explain = (status: number, stderr: string): Error =>
        status === NOT_FOUND ? new ObjectNotFoundError(key, describe) : failure(status, stderr);
      const command = await host.stream(shell(READ, key, String(offset), String(length ?? '')), {
        failure: explain,
        ...(signal && { signal }),
      });
      await opened(command.stdout);
      return command.stdout;
    },

    async *readMany(keys, options = {}) {
      if (keys.length === 0) return;
      const command = await host.stream(shell(TAR), options);
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
        if (status === NO_ROOT || (status !== 0 && !onlyVanished(stderr))) throw failure(status, stderr);
      } catch (error) {
        if (options.signal?.aborted) throw options.signal.reason;
        throw error;
      } finally {
        command.stdout.destroy();
      }
    },

    async write(key, body, request, options = {}) {
      const source = readableOf(body);
      await swept();
      // The host hashes; here only the size is watched, so that a broken source is not taken for an end.
      const measured = measureBody(key, request, { hash: [] });
      const args = [STAGING_FOLDER, key, randomUUID(), String(request.size), request.sha256 ?? ''];
      const command = await host.stream(shell(WRITE, ...args), options);
      let answer = '';
      command.stdout.on('data', (chunk: Buffer) => {
        answer += chunk.toString('latin1');
      });
      command.stdout.on('error', () => undefined);
      try {
        await pipeline(source, measured.stream, command.stdin, options);
      } catch (error) {
        if (options.signal?.aborted) throw options.signal.reason;
        // Either the source broke, or the host refused before it had read everything; then its status says why.
        if (!(error instanceof CommandEndedError)) throw error;
      }
      const { status, stderr } = await seenMoving(command.done, options);
      if (status === WRONG_BYTES) throw new DamagedObjectError(key, `has ${answer.trim()}`);
      if (status !== 0) throw failure(status, stderr);
      return { sha256: answer.trim(), proof: 'read-back' };
    },

    async writeMany(items, options = {}) {
      if (items.length === 0) return [];
      const outcomes = await batch(items, options);
      return outcomes.map((outcome, at) => resultOf(describe, (items[at] as BatchItem).key, outcome));
    },

    async writeInParts(key, read, request, options = {}) {
      await swept();
      const run = async (script: string, args: string[], signal?: AbortSignal): Promise<string> => {
        const running = host.run(shell(script, ...args), signal && { signal });
        const { status, stdout, stderr } = await seenMoving(running, options);
        if (status === WRONG_BYTES) throw new DamagedObjectError(key, `has ${stdout.trim()}`);
        if (status !== 0) throw failure(status, stderr);
        return stdout;
      };
      const place = { host, root, staging: STAGING_FOLDER, run, failure };
      return { sha256: await writeInParts(place, key, read, request, options), proof: 'read-back' };
    },

    async copyFrom(source, key, request, options = {}) {
      const from = places.get(source);
      // One of them may be the same host with an export on it.
      if (from?.host.name !== host.name || from.host.stateDir !== host.stateDir) return undefined;
      return resultOf(source.describe, key, await copyOnHost(from.root, { key, ...request }, options));
    },

    async copyWithin(from, to, options = {}) {
      const result = await host.run(shell(COPY, STAGING_FOLDER, from, to, randomUUID()), options);
      if (result.status === NOT_FOUND) throw new ObjectNotFoundError(from, describe);
      if (result.status !== 0) throw failure(result.status, result.stderr);
    },

    async remove(keys, options = {}) {
      if (keys.length === 0) return;
      await checked(shell(REMOVE), options.signal, keys.map((key) => `${key}\0`).join(''));
    },

    close: () => Promise.resolve(),
  };
  places.set(storage, { host, root });
  return storage;
}

/** Tells that the host works, for as long as it does. */
async function seenMoving<T>(work: Promise<T>, { moved }: WriteOptions): Promise<T> {
  const ticking = moved && setInterval(moved, STILL_THERE_INTERVAL_MS);
  return await work.finally(() => clearInterval(ticking));
}

function resultOf(describe: string, key: string, outcome: BatchOutcome): WriteResult {
  if ('missing' in outcome) throw new ObjectNotFoundError(key, describe);
  if ('wrong' in outcome) throw new DamagedObjectError(key, outcome.wrong);
  return { ...outcome, proof: 'read-back' };
}

/** Failing is not remembered. */
function once(work: () => Promise<unknown>): () => Promise<void> {
  let done: Promise<unknown> | undefined;
  return async () => {
    done ??= work().catch((error: unknown) => {
      done = undefined;
      throw error;
    });
    await done;
  };
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
async function opened(stream: Readable): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const look = (): void => {
      if (stream.read(1) === null && !stream.readableEnded) return;
      stream.off('readable', look).off('error', reject);
      resolve();
    };
    stream.on('readable', look).once('error', reject);
  });
}
