// Tries what a migration will need of a storage, action by action, so that a missing permission is found before the
// plan and not in the window.

import { createHash, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { Evidence } from '../../contracts/migration.ts';
import type { AccessCheck } from '../../contracts/storage-activities.ts';
import { PROBE_FOLDER } from '../../domain/storage/content-address.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { ObjectNotFoundError } from '../storage/errors.ts';
import { flawOfKey } from '../storage/safe-keys.ts';
import type { Storage, StoredObject, TryRight } from '../storage/storage.ts';

/** Another host that must see the same content; `open` gives the storage as that host has it. */
export type Sharer = { host: string; open: () => Promise<Storage> };

export async function checkAccess(
  storage: Storage,
  writable: boolean,
  sharers: Sharer[],
  meter: Meter,
): Promise<AccessCheck> {
  const { signal } = meter;
  const actions: AccessCheck['actions'] = [];
  const attempt: TryRight = async (action, work, { needed } = { needed: true }) => {
    const optional = needed ? {} : { needed: false as const };
    try {
      await work();
      actions.push({ action, ok: true, ...optional });
      return true;
    } catch (error) {
      signal.throwIfAborted();
      // A server that is away says nothing about what it allows: the whole check is tried again.
      if (error instanceof TransshipError && error.retryable && error.type !== 'StorageMismatch') throw error;
      actions.push({ action, ok: false, problem: (error as Error).message, ...optional });
      return false;
    }
  };

  if (storage.lacks !== undefined) {
    await attempt('be served by its host', async () => {
      const missing = await storage.lacks!({ signal });
      if (missing.length > 0) throw new Error(`it needs ${missing.join(', ')}`);
    });
  }
  if (storage.tryRights !== undefined) {
    await storage.tryRights({ writable, attempt, signal });
    // What follows would only say the same without naming the right
    if (actions.some(({ ok, needed }) => !ok && needed !== false))
      return {
        describe: storage.describe,
        actions,
        proof: storage.proof.kind,
        proofNote: storage.proof.note,
      };
  }
  let first: StoredObject | undefined;
  await attempt('list', async () => {
    first = await meter.patiently(firstObject(storage, signal));
  });

  let proof: Evidence = storage.proof.kind;
  if (writable) {
    const bytes = Buffer.from(`transship probe ${randomUUID()}\n`);
    const [original, copy] = [`${PROBE_FOLDER}${randomUUID()}`, `${PROBE_FOLDER}${randomUUID()}`];
    const written = await attempt('write', async () => {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      proof = (await storage.write(original, bytes, { size: bytes.length, sha256 }, { signal })).proof;
    });
    if (written) {
      await attempt('read', async () => {
        const back = await buffer(await storage.read(original, { signal }));
        if (!back.equals(bytes)) throw new Error('other bytes were read than were written');
      });
      for (const { host, open } of sharers) {
        await attempt(`be shared with ${host}`, async () => {
          await requireShown(await open(), original, bytes, signal);
        });
      }
      await attempt('copy', () => storage.copyWithin(original, copy, { signal }));
      await attempt('remove', async () => {
        await storage.remove([original, copy], { signal });
        const left = await storage.stat(original, { signal });
        if (left !== undefined) throw new Error('the object is still there after it was removed');
      });
    }
  } else {
    await attempt('read', async () => {
      if (first !== undefined) await buffer(await storage.read(first.key, { length: 1, signal }));
    });
  }
  const { describe, links } = storage;
  return { describe, actions, proof, proofNote: noteOf(storage, proof), ...(links && { links }) };
}

async function requireShown(
  storage: Storage,
  key: string,
  bytes: Buffer,
  signal: AbortSignal,
): Promise<void> {
  const shown = await storage
    .read(key, { signal })
    .then(buffer)
    .catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof ObjectNotFoundError) {
        throw new Error(`${storage.describe} does not show what was written: it is not the same storage`);
      }
      throw error;
    });
  if (!shown.equals(bytes)) throw new Error(`${storage.describe} shows other bytes than were written`);
}

async function firstObject(storage: Storage, signal: AbortSignal): Promise<StoredObject | undefined> {
  for await (const object of storage.list({ signal }))
    if (object.flaw === undefined && flawOfKey(storage, object.key) === undefined) return object;
  return undefined;
}

function noteOf(storage: Storage, proof: Evidence): string | null {
  if (proof === 'server') return null;
  return (
    storage.proof.note ??
    'the server does not tell the digests of its objects, so each is read back and hashed'
  );
}
