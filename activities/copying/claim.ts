// The record of who may write to a destination and remove from it. A claim is exclusive: each is a turn of its own, made
// only where there is none, so that of two who come at once one has it and the other learns of it. Every pass and every
// work list asks for it. It names the places too: an inventory can be edited so that a name means another place.

import { randomUUID } from 'node:crypto';
import { TransshipError } from '../../domain/transship-error.ts';
import { claimsPrefix, fileOf, type RecordFile } from '../journal/keys.ts';
import { createRecord, readRecord, writeRecord } from '../journal/record.ts';
import type { Place, Storage } from '../storage/storage.ts';
import type { Meter } from '../concurrency/heartbeat.ts';

export type Claimant = { job: string; source: string; destination: string };
export type Sides = { journal: Storage; source: Storage; destination: Storage };

export type Claim = Claimant & {
  destinationPlace: string;
  sourcePlace: string;
  /** Where both really were: a path can be a link that is turned. Absent: of a claim made before it was noted. */
  places?: { source: Place; destination: Place };
  at: string;
  /** Of whoever wrote it: no two records of a turn are the same. */
  nonce: string;
  /** The migration whose final delta came here: from then on a registry may use the destination. */
  finalBy?: string;
  /** When that final delta began: the registry had refused pushes for a moment, and the source changed no more. */
  finalAt?: string;
  /** The pass of that delta: work lists of earlier ones are written no more. */
  finalPass?: number;
  /** Its job writes there no more. */
  endedAt?: string;
  /** A registry was switched to it, or was about to be; by this job. */
  inUse?: boolean;
  usedBy?: string;
};

export type Turn = { file: RecordFile; turn: number; claim: Claim };

/** The one that counts; undefined: nobody has claimed the destination yet. */
export async function lastTurn(journal: Storage, destination: string): Promise<Turn | undefined> {
  let last = '';
  for await (const { key } of journal.list({ prefix: claimsPrefix(destination) })) last = key;
  return await turnOf(journal, destination, last);
}

/** All of a destination, in their order. */
export async function* everyTurn(journal: Storage, destination: string): AsyncGenerator<Turn> {
  for await (const { key } of journal.list({ prefix: claimsPrefix(destination) })) {
    const turn = await turnOf(journal, destination, key);
    if (turn !== undefined) yield turn;
  }
}

async function turnOf(journal: Storage, destination: string, key: string): Promise<Turn | undefined> {
  const turn = Number(/(\d+)\.json$/.exec(key)?.[1] ?? Number.NaN);
  if (Number.isNaN(turn)) return undefined;
  const file = fileOf('claim', { destination, turn });
  const claim = await readRecord<Claim>(journal, file);
  return claim && { file, turn, claim };
}

/** false: somebody else was faster. */
export async function takeTurn(
  sides: Sides,
  claimant: Claimant,
  after: Turn | undefined,
  meter: Meter,
): Promise<boolean> {
  const { journal, source, destination } = sides;
  const isKnown = after !== undefined && (await isFilledFrom(after.claim, claimant.source, sides));
  const before = isKnown ? after.claim : undefined;
  const claim: Claim = {
    ...{ job: claimant.job, source: claimant.source, destination: claimant.destination },
    destinationPlace: destination.describe,
    sourcePlace: source.describe,
    places: await placesOf(sides),
    at: new Date().toISOString(),
    nonce: randomUUID(),
    // What a registry may have done there is not undone by whoever comes next.
    ...(before?.finalBy !== undefined && { finalBy: before.finalBy }),
    ...(before?.finalAt !== undefined && { finalAt: before.finalAt }),
    ...(before?.inUse === true && { inUse: true }),
  };
  const file = fileOf('claim', { destination: claimant.destination, turn: (after?.turn ?? 0) + 1 });
  return await createRecord(journal, file, claim, meter);
}

/** Was the destination filled from this source, while both names meant the places that they mean now? */
export async function isFilledFrom(claim: Claim, source: string, sides: Sides): Promise<boolean> {
  const isNamedSo =
    claim.source === source &&
    claim.sourcePlace === sides.source.describe &&
    claim.destinationPlace === sides.destination.describe;
  if (!isNamedSo || claim.places === undefined) return isNamedSo;
  const now = await placesOf(sides);
  return isSame(claim.places.source, now.source) && isSame(claim.places.destination, now.destination);
}

const placesOf = async ({ source, destination }: Sides): Promise<{ source: Place; destination: Place }> => ({
  source: await source.place(),
  destination: await destination.place(),
});

const isSame = (one: Place, other: Place): boolean =>
  one.where === other.where && one.folder === other.folder;

/** `DestinationClaimed` unless the last claim is this job's, for these places, and has not ended. */
export async function requireClaim(sides: Sides, claimant: Claimant): Promise<Turn> {
  const last = await lastTurn(sides.journal, claimant.destination);
  const { describe } = sides.destination;
  if (last === undefined)
    throw refused(`${describe} is not claimed for ${claimant.job}: nobody has looked whether it is empty`, {
      destination: claimant.destination,
    });
  const { claim } = last;
  if (claim.job !== claimant.job) throw claimedBy(last, describe);
  if (claim.endedAt !== undefined)
    throw refused(`the claim of ${claim.job} of ${describe} ended at ${claim.endedAt} (${last.file.key})`, {
      destination: claimant.destination,
    });
  if (!(await isFilledFrom(claim, claimant.source, sides)))
    throw refused(
      `${claim.job} has claimed ${claim.destinationPlace} for ${claim.source} (${claim.sourcePlace}), and not ${describe} for ${claimant.source} (${sides.source.describe}): the inventory was changed since`,
      { destination: claimant.destination },
    );
  return last;
}

/**
 * `DestinationClaimed` also when a registry may use it, and to the work lists of a pass that the final delta has come after: what they would
 * bring is old.
 */
export async function requireOpenTo(sides: Sides, writer: Claimant & { pass: number }): Promise<void> {
  const { claim, file } = await requireClaim(sides, writer);
  const details = { destination: claim.destination, job: claim.job };
  const { describe } = sides.destination;
  if (claim.inUse === true && claim.usedBy === claim.job)
    throw refused(
      `a registry may use ${describe} by now (${file.key}): pass ${writer.pass} writes there no more`,
      details,
    );
  if (claim.finalBy === claim.job && (claim.finalPass ?? 0) > writer.pass)
    throw refused(
      `pass ${claim.finalPass} came after pass ${writer.pass} to ${describe} (${file.key})`,
      details,
    );
}

export const claimedBy = ({ file, claim }: Turn, describe: string): TransshipError =>
  refused(
    `${claim.job} has claimed ${describe} since ${claim.at}${claim.endedAt === undefined ? ' and has not ended its claim' : ''} (${file.key} in the journal)`,
    { destination: claim.destination, job: claim.job },
  );

const refused = (message: string, details: Record<string, string>): TransshipError =>
  new TransshipError('DestinationClaimed', message, details);

/** To be called before the final delta, by whoever has the claim. */
export async function noteFinalDelta(
  sides: Sides,
  { job, pass, ...names }: Claimant & { pass: number },
): Promise<void> {
  const { file, claim } = await requireClaim(sides, { job, ...names });
  const noted = claim.finalBy === job;
  if (noted && claim.finalPass === pass) return;
  const finalAt = noted && claim.finalAt !== undefined ? claim.finalAt : new Date().toISOString();
  await writeRecord(sides.journal, file, {
    ...claim,
    finalBy: job,
    finalAt,
    finalPass: pass,
  } satisfies Claim);
}

/** Before a registry is switched to it: whatever ends the migration now, what is pushed there is not ours to remove. */
export async function noteInUse(
  journal: Storage,
  { job, destination }: { job: string; destination: string },
): Promise<void> {
  const last = await lastTurn(journal, destination);
  if (last === undefined || last.claim.job !== job || last.claim.inUse === true) return;
  await writeRecord(journal, last.file, { ...last.claim, inUse: true, usedBy: job } satisfies Claim);
}

/** Also a second time, and where the claim is somebody else's by now: then there is nothing to end. */
export async function endClaim(
  journal: Storage,
  { job, destination, inUse = false }: { job: string; destination: string; inUse?: boolean },
): Promise<void> {
  const last = await lastTurn(journal, destination);
  if (last === undefined || last.claim.job !== job) return;
  const { file, claim } = last;
  const { inUse: noted = false, usedBy, ...rest } = claim;
  // What it noted before a switch that was not taken, or was taken back, is so no more; what an earlier one did stays.
  const used = usedBy === job ? inUse : noted || inUse;
  if (claim.endedAt !== undefined && noted === used) return;
  const endedAt = claim.endedAt ?? new Date().toISOString();
  await writeRecord(journal, file, {
    ...rest,
    endedAt,
    ...(used && { inUse: true, usedBy: usedBy ?? job }),
  } satisfies Claim);
}
