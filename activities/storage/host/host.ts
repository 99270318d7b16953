// A directory on an SSH host. Its bytes are listed, hashed and copied where they lie; what must travel, travels as a
// stream over one command. As with a local directory, the directory itself must exist.

import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { withoutSlashes } from '../../../domain/storage/slashes.ts';
import { tooLongPart } from '../../../domain/storage/safe-key.ts';
import type { RemoteHost } from '../../hosts/remote-host.ts';
import { DamagedObjectError, ObjectNotFoundError } from '../errors.ts';
import type {
  FreeRoom,
  Place,
  ReadItem,
  Storage,
  StoredObject,
  WriteInPartsOptions,
  WriteOptions,
  WriteRequest,
  WriteResult,
} from '../storage.ts';
import { PARTS_ABOVE_BYTES } from '../bytes/staged-parts.ts';
import { withAcceptedLinks } from '../accepted-links.ts';
import { withSafeKeys } from '../safe-keys.ts';
import { gatherCopies } from './gather-copies.ts';
import { type BatchItem, type BatchOutcome, writeBatch } from './host-batch.ts';
import { HostDirectory } from './host-directory.ts';
import { writeInParts } from './host-parts.ts';
import {
  followLinks,
  listDirectory,
  readFromDirectory,
  readManyFromDirectory,
  writtenInDirectory,
} from './host-reads.ts';
import { COPY, CREATE, FREE, LACKS, NOT_FOUND, THERE_ALREADY, REMOVE, STAT, WHERE } from './host-scripts.ts';
import { writeToDirectory } from './host-write.ts';

const EVIDENCE = {
  kind: 'read-back',
  note: 'a directory cannot check digests: the host reads every object back and hashes it where it lies',
} as const;

type Signalled = { signal?: AbortSignal };

/** `links`: those that are followed, as real paths by their keys. */
export function openHostStorage(
  host: RemoteHost,
  root: string,
  links?: Readonly<Record<string, string>>,
): Storage {
  const directory = new HostDirectory(host, root, false);
  return withAcceptedLinks(openDirectory(directory), links, {
    follow: (keys, signal) => followLinks(directory, keys, signal),
    openAt: (folder) => openDirectory(new HostDirectory(host, folder, true)),
  });
}

const openDirectory = (directory: HostDirectory): Storage => withSafeKeys(new HostStorage(directory));

class HostStorage implements Storage {
  readonly kind = 'host';
  readonly describe: string;
  readonly proof = EVIDENCE;
  readonly limits = { object: Number.MAX_SAFE_INTEGER, parts: PARTS_ABOVE_BYTES };
  readonly unfit = tooLongPart;
  private readonly directory: HostDirectory;
  private readonly copyOnHost: ReturnType<typeof gatherCopies>;

  constructor(directory: HostDirectory) {
    this.describe = directory.describe;
    this.directory = directory;
    this.copyOnHost = gatherCopies((from, items, options) => writeBatch(directory, items, options, from));
  }

  async place(): Promise<Place> {
    const folder = await this.directory.check(WHERE, []);
    return { where: `host ${this.directory.host.name}`, folder: withoutSlashes(folder.trimEnd()) };
  }

  async freeRoom(options: Signalled = {}): Promise<FreeRoom> {
    const [bytes = '', inodes = '', all = ''] = (await this.directory.check(FREE, [], options))
      .trim()
      .split(/\s+/);
    return { bytes: Number(bytes), inodes: Number(all) > 0 ? Number(inodes) : null };
  }

  async lacks(options: Signalled = {}): Promise<string[]> {
    const missing = (await this.directory.check(LACKS, [], options))
      .split('\n')
      .filter((line) => line !== '');
    return missing.map((tool) => `${tool} on host ${this.directory.host.name}`);
  }

  list(options: Parameters<Storage['list']>[0]): AsyncIterable<StoredObject> {
    return listDirectory(this.directory, options);
  }

  async stat(key: string, options: Signalled = {}): ReturnType<Storage['stat']> {
    const { status, stdout, stderr } = await this.directory.run(STAT, [key], options);
    if (status === NOT_FOUND) return undefined;
    if (status !== 0) throw this.directory.failure(status, stderr);
    const [size, sha256] = stdout.trim().split(' ');
    return { size: Number(size), ...(sha256 && { sha256 }) };
  }

  writtenAt(keys: string[], options: Signalled = {}): ReturnType<Storage['writtenAt']> {
    return writtenInDirectory(this.directory, keys, options);
  }

  read(key: string, options: Signalled & { offset?: number; length?: number } = {}): Promise<Readable> {
    return readFromDirectory(this.directory, key, options);
  }

  readMany(keys: string[], options: Signalled = {}): AsyncIterable<ReadItem> {
    return readManyFromDirectory(this.directory, keys, options);
  }

  async write(
    key: string,
    body: Readable | Buffer,
    request: WriteRequest,
    options: WriteOptions = {},
  ): Promise<WriteResult> {
    const sha256 = await writeToDirectory(this.directory, key, body, request, options);
    return { sha256, proof: EVIDENCE.kind };
  }

  async writeMany(
    items: (WriteRequest & { key: string; body: Buffer })[],
    options: WriteOptions = {},
  ): Promise<WriteResult[]> {
    if (items.length === 0) return [];
    const outcomes = await writeBatch(this.directory, items, options);
    return outcomes.map((outcome, at) => resultOf(this.describe, (items[at] as BatchItem).key, outcome));
  }

  async writeInParts(
    key: string,
    read: (offset: number, length: number) => Promise<Readable>,
    request: WriteRequest,
    options: WriteInPartsOptions = {},
  ): Promise<WriteResult> {
    await this.directory.swept();
    const sha256 = await writeInParts(this.directory, key, read, request, options);
    return { sha256, proof: EVIDENCE.kind };
  }

  async create(key: string, body: Buffer, { signal }: Signalled = {}): Promise<boolean> {
    const args = [this.directory.staging, key, randomUUID()];
    const input = { input: body, ...(signal && { signal }) };
    const { status, stderr } = await this.directory.run(CREATE, args, input);
    if (status === THERE_ALREADY) return false;
    if (status !== 0) throw this.directory.failure(status, stderr);
    return true;
  }

  async copyFrom(
    source: Storage,
    key: string,
    request: WriteRequest,
    options: WriteOptions = {},
  ): Promise<WriteResult | undefined> {
    if (!(source instanceof HostStorage)) return undefined;
    const { host, root } = source.directory;
    const own = this.directory.host;
    // One of them may be the same host with an export on it.
    if (host.name !== own.name || host.stateDir !== own.stateDir) return undefined;
    return resultOf(source.describe, key, await this.copyOnHost(root, { key, ...request }, options));
  }

  async copyWithin(from: string, to: string, options: Signalled = {}): Promise<void> {
    const args = [this.directory.staging, from, to, randomUUID()];
    const { status, stderr } = await this.directory.run(COPY, args, options);
    if (status === NOT_FOUND) throw new ObjectNotFoundError(from, this.describe);
    if (status !== 0) throw this.directory.failure(status, stderr);
  }

  async remove(keys: string[], { signal }: Signalled = {}): Promise<void> {
    if (keys.length === 0) return;
    const input = keys.map((key) => `${key}\0`).join('');
    await this.directory.check(REMOVE, [], { input, ...(signal && { signal }) });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function resultOf(describe: string, key: string, outcome: BatchOutcome): WriteResult {
  if ('missing' in outcome) throw new ObjectNotFoundError(key, describe);
  if ('wrong' in outcome) throw new DamagedObjectError(key, outcome.wrong);
  return { ...outcome, proof: EVIDENCE.kind };
}
