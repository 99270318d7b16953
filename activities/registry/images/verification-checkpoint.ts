// How far a verification has come, in its heartbeats, so that the attempt that follows a killed one goes on there. What was
// found wrong up to there lies in the journal, in the list that will be the whole one.

import { z } from 'zod';
import type { LinesFile } from '../../journal/keys.ts';
import { readList } from '../../journal/lines.ts';
import type { Storage } from '../../storage/storage.ts';
import type { ImageProblem } from './image-problem.ts';

const count = z.int().min(0);

const totalsShape = z.object({
  tags: count,
  problems: count,
  known: count,
  manifests: count,
  blobs: count,
  unverified: count,
});
export type Totals = z.infer<typeof totalsShape>;

const shape = z.object({
  v: z.literal(1),
  /** Which verification it is of. */
  of: z.string(),
  /** Images that are checked, those without a tag after all others. */
  images: count,
  /** Problems that the list in the journal holds. */
  listed: count,
  totals: totalsShape,
  /** The largest image so far, which will be pulled. */
  largest: z.object({ at: count, bytes: count }).nullable(),
});
export type Checkpoint = z.infer<typeof shape>;

const START: Omit<Checkpoint, 'of'> = {
  v: 1,
  images: 0,
  listed: 0,
  totals: { tags: 0, problems: 0, known: 0, manifests: 0, blobs: 0, unverified: 0 },
  largest: null,
};

/** From heartbeat details, which may be of something else, or none: then it begins anew. */
export async function resume(
  previous: unknown,
  of: string,
  journal: Storage,
  file: LinesFile,
): Promise<{ checkpoint: Checkpoint; problems: ImageProblem[] }> {
  const anew = { checkpoint: { ...START, of }, problems: [] };
  const parsed = shape.safeParse((previous as { checkpoint?: unknown } | null | undefined)?.checkpoint);
  if (!parsed.success || parsed.data.of !== of) return anew;
  const checkpoint = parsed.data;
  if (checkpoint.listed === 0) return { checkpoint, problems: [] };
  // A list that is not what it should be is made again.
  const problems = await readList<ImageProblem>(journal, file).catch(() => undefined);
  return problems?.length === checkpoint.listed ? { checkpoint, problems } : anew;
}
