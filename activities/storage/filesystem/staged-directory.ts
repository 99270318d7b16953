// A directory that the worker sees, and how objects come into it: each is a whole file of the staging folder, on disk,
// before it is moved to its key.

import { randomUUID } from 'node:crypto';
import { closeSync } from 'node:fs';
import { lstat, mkdir, realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { STAGING_FOLDER } from '../staging.ts';
import { sha256OfChunks } from '../bytes/sha256-of.ts';
import { DamagedObjectError, ObjectNotFoundError } from '../errors.ts';
import type { WriteOptions, WriteRequest } from '../storage.ts';
import { describeDirectory, lendFile, requireDirectory, syncPath } from './directory-files.ts';
import { ifThere } from './directory-walk.ts';
import { isStill, linkOnTheWay, openFile, type OpenFile, openFolder, pathIn } from './plain-path.ts';
import { openFileThread, type Placement } from './file-thread.ts';

export class StagedDirectory {
  readonly root: string;
  /** For people. */
  readonly describe: string;
  readonly thread: ReturnType<typeof openFileThread>;
  /** No link leads to the directory either. */
  readonly #isReal: boolean;
  #swept = false;
  /** The last one counts; others may be in use. A link in its place would have us write, and sweep, somewhere else. */
  readonly #staging: number[] = [];

  constructor(root: string, isReal: boolean) {
    this.root = root;
    this.#isReal = isReal;
    this.describe = describeDirectory(root);
    this.thread = openFileThread({ root, isReal, staging: STAGING_FOLDER });
  }

  /** undefined: there is no file of that key, in a directory that is there. */
  async open(key: string): Promise<OpenFile | undefined> {
    const file = await openFile(this.root, key, this.#isReal);
    if (file === undefined) await this.requireRoot();
    return file;
  }

  async stat(key: string): Promise<{ size: number } | undefined> {
    const path = join(this.root, key);
    const found = await ifThere(lstat(path));
    if (found === undefined || found.isDirectory()) {
      await this.requireRoot();
      return undefined;
    }
    const [is, root] = await Promise.all([
      ifThere(realpath(path)),
      this.#isReal ? this.root : realpath(this.root),
    ]);
    if (!found.isFile() || is !== join(root, key)) throw linkOnTheWay(key);
    return { size: found.size };
  }

  /** After `prepareStaging`. */
  stagingPath(file: string): string {
    return pathIn(this.#staging.at(-1) as number, file);
  }

  close(): void {
    this.thread.close();
    for (const fd of this.#staging.splice(0)) closeSync(fd);
  }

  async requireRoot(): Promise<void> {
    await requireDirectory(this.root);
  }

  async prepareStaging(): Promise<void> {
    await this.requireRoot();
    const last = this.#staging.at(-1);
    if (last === undefined || !(await isStill(last, this.root, STAGING_FOLDER))) {
      // Nobody may look into it who may not look into the directory.
      const mode = (await stat(this.root)).mode & 0o777;
      await mkdir(join(this.root, STAGING_FOLDER), { mode }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
      this.#staging.push(await openFolder(this.root, STAGING_FOLDER));
    }
    if (this.#swept) return;
    this.#swept = true;
    await this.thread.sweep();
  }

  /** The SHA-256 of a staged file, read where it lies. `DamagedObjectError` unless size and digest are as asked for. */
  async proved(
    file: string,
    key: string,
    request: WriteRequest,
    { signal, moved }: WriteOptions,
  ): Promise<string> {
    const { size } = await stat(this.stagingPath(file));
    if (size !== request.size)
      throw new DamagedObjectError(key, `has ${size} bytes instead of the ${request.size} announced`);
    const reading = lendFile(
      () => openFile(this.root, `${STAGING_FOLDER}/${file}`),
      () => new ObjectNotFoundError(key, this.describe),
      signal,
    );
    const sha256 = await sha256OfChunks(reading, moved);
    if (request.sha256 === undefined || sha256 === request.sha256) return sha256;
    throw new DamagedObjectError(key, `has SHA-256 ${sha256} instead of ${request.sha256}`);
  }

  /** Moves staged files to their keys, under the lease if there is one. Returns the folders that were changed. */
  async move(placements: Placement[], lease: WriteOptions['lease']): Promise<string[]> {
    const folders = new Set<string>();
    for (let left = placements; left.length > 0;) {
      const untilMs = lease === undefined ? Infinity : await lease();
      const { done, changed } = await this.thread.place({ placements: left, untilMs });
      for (const folder of changed) folders.add(folder);
      left = left.slice(done);
    }
    return [...folders];
  }

  /** Moves a staged file to its key; its name is on disk, too. */
  async place(
    placement: Placement,
    lease: WriteOptions['lease'],
    place: (placement: Placement) => Promise<string[]> = (given) => this.move([given], lease),
  ): Promise<void> {
    for (const folder of await place(placement)) await syncPath(folder);
  }

  /** `fill` leaves the whole object in the file, on disk. */
  async staged<T>(
    key: string,
    fill: (file: string) => Promise<T>,
    {
      lease,
      place,
    }: Pick<WriteOptions, 'lease'> & { place?: (placement: Placement) => Promise<string[]> } = {},
  ): Promise<T> {
    await this.prepareStaging();
    const file = randomUUID();
    try {
      const result = await fill(this.stagingPath(file));
      await this.place({ file, key }, lease, place);
      return result;
    } catch (error) {
      if (this.#staging.length > 0) await rm(this.stagingPath(file), { force: true });
      throw error;
    }
  }
}
