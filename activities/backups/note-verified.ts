// When a set was verified last: a note beside the sets, which are never written to again.

import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { verifiedKey } from '../../domain/backup/set.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { ObjectNotFoundError } from '../storage/errors.ts';
import type { Storage } from '../storage/storage.ts';
import type { SetName } from './set-reader.ts';

const FORMAT = 'transship/verified-set@1';
const shape = z.object({ format: z.literal(FORMAT), at: z.iso.datetime() });

export async function noteVerified(
  repository: Storage,
  { registry, id }: SetName,
  at: string,
  { signal }: Meter,
): Promise<void> {
  const body = Buffer.from(`${JSON.stringify({ format: FORMAT, at })}\n`);
  await repository.write(verifiedKey(registry, id), body, { size: body.length }, { signal });
}

/** ISO 8601; null: it was not, or nobody can tell. */
export async function verifiedAt(
  repository: Storage,
  { registry, id }: SetName,
  { signal }: Meter,
): Promise<string | null> {
  try {
    const note = await text(await repository.read(verifiedKey(registry, id), { signal }));
    return shape.safeParse(JSON.parse(note)).data?.at ?? null;
  } catch (error) {
    if (error instanceof ObjectNotFoundError || error instanceof SyntaxError) return null;
    throw error;
  }
}
