// Proves every object of a storage again, as cheaply as the storage allows: where the key names the digest, the storage's
// own SHA-256 is asked for, and only where it tells none are the bytes read. With a source, the objects whose keys do not
// tell their content are compared with it, and what is missing is found.

import type { Difference, ObjectEvidence } from '../../contracts/storage.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { compareStorages } from './compare-storages.ts';
import { type Content, contentOf } from './content-of.ts';
import { objectsToCopy } from '../storage/objects-to-copy.ts';
import { fixedSha256 } from '../copying/fixed-sha256.ts';
import type { Storage, StoredObject } from '../storage/storage.ts';

type Sides = { storage: Storage; source: Storage | null };

/** `read`: every byte is read, whatever the storage tells. Unfinished uploads are left out. */
export async function verifyStorage(
  { storage, source }: Sides,
  read: boolean,
  report: (evidence: ObjectEvidence) => void,
  meter: Meter,
): Promise<void> {
  async function* named(): AsyncGenerator<StoredObject> {
    for await (const object of objectsToCopy(storage, meter)) {
      const { key, size, flaw } = object;
      if (flaw !== undefined) {
        if (source === null) report({ key, size, problem: 'unreadable', detail: flaw });
      } else if (fixedSha256(key) !== undefined) yield object;
      else if (source === null) report({ key: object.key, size: object.size, unproved: true });
    }
  }
  for await (const content of contentOf(storage, named(), !read, meter)) report(evidenceOf(content));
  if (source === null) return;
  // What is named by its digest was proved just now; which side is wrong where they differ is known by that.
  for await (const difference of compareStorages({ source, destination: storage }, meter)) {
    const evidence = evidenceOfDifference(difference);
    if (evidence !== undefined) report(evidence);
  }
}

function evidenceOf({ object: { key, size }, sha256, by, problem }: Content): ObjectEvidence {
  if (problem !== undefined) return { key, size, problem: 'unreadable', detail: problem };
  if (sha256 === undefined)
    return { key, size, problem: 'missing', detail: 'was removed while it was looked at' };
  if (sha256 === fixedSha256(key)) return { key, size, proved: by };
  const who = by === 'storage' ? 'the storage tells' : 'its bytes have';
  return {
    key,
    size,
    problem: 'wrong',
    detail: `${who} SHA-256 ${sha256}, its key names ${fixedSha256(key)}`,
  };
}

function evidenceOfDifference(difference: Difference): ObjectEvidence | undefined {
  const { op, key, size } = difference;
  if (op === '-') return { key, size, surplus: true };
  if (op === '+') return { key, size, problem: 'missing', detail: 'the source has it' };
  if (fixedSha256(key) !== undefined && difference.op !== '!') return undefined;
  if (op === '=') return { key, size, proved: 'source' };
  if (difference.op === '!') return { key, size, problem: 'unreadable', detail: difference.problem };
  return { key, size, problem: 'wrong', detail: 'has other bytes than at the source' };
}
