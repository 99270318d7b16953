// Opens a repository of backups: its storage, who it is, and how what it keeps is encrypted. It gets its identity from whoever
// opens it first, and keeps it: a set that was copied elsewhere is told from one that was made there.

import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { Tries } from '../concurrency/patience.ts';
import type { Environment } from '../environment.ts';
import { ObjectNotFoundError } from '../storage/errors.ts';
import type { Storage } from '../storage/storage.ts';
import { type Encryption, openEncryption } from './encryption.ts';

const RECORD_KEY = 'transship-repository.json';
const FORMAT = 'transship/repository@1';

export type Repository = {
  readonly name: string;
  /** A UUID that it got when it was opened first. */
  readonly id: string;
  readonly storage: Storage;
  readonly encryption: Encryption;
};

/** `InvalidInput` for a name that the inventory does not have, `UnknownFormat` for a record that this version cannot read. */
export async function openRepository(
  environment: Pick<Environment, 'inventory' | 'openStorage' | 'resolveSecret'>,
  name: string,
  meter: Pick<Meter, 'signal' | 'patience'>,
): Promise<Repository> {
  const { repositories } = environment.inventory;
  const entry = Object.hasOwn(repositories, name) ? repositories[name] : undefined;
  if (entry === undefined)
    throw new TransshipError('InvalidInput', `The inventory has no repository "${name}".`);
  const storage = await environment.openStorage(entry.storage);
  const id = (await readId(storage, name)) ?? (await makeId(storage, name, meter));
  return { name, id, storage, encryption: openEncryption(entry.encryption, environment) };
}

async function readId(storage: Storage, name: string): Promise<string | undefined> {
  let text: string;
  try {
    text = (await buffer(await storage.read(RECORD_KEY))).toString();
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return undefined;
    throw error;
  }
  const { format, id } = parsed(text);
  if (format === FORMAT && typeof id === 'string' && id !== '') return id;
  throw new TransshipError(
    'UnknownFormat',
    typeof format === 'string' && format !== FORMAT
      ? `${RECORD_KEY} of the repository ${name} is ${format}, and this version of Transship reads ${FORMAT}`
      : `${RECORD_KEY} of the repository ${name} is damaged, or something else wrote it`,
    { repository: name },
  );
}

/** Of several who make one at once, the one that is there in the end counts for all. */
async function makeId(
  storage: Storage,
  name: string,
  { signal, patience }: Pick<Meter, 'signal' | 'patience'>,
): Promise<string> {
  const bytes = Buffer.from(`${JSON.stringify({ format: FORMAT, id: randomUUID() }, null, 2)}\n`);
  const made = await storage.create(RECORD_KEY, bytes, { signal });
  if (made === undefined) await storage.write(RECORD_KEY, bytes, { size: bytes.length }, { signal });
  if (made === undefined || (made && storage.letsInTwo === true))
    await new Tries(patience.settled).next(signal);
  const id = await readId(storage, name);
  if (id !== undefined) return id;
  throw new TransshipError(
    'StorageUnavailable',
    `${storage.describe} lost ${RECORD_KEY} after it was written`,
  );
}

function parsed(text: string): { format?: unknown; id?: unknown } {
  try {
    return Object(JSON.parse(text)) as object;
  } catch {
    return {};
  }
}
