// What proving a storage says of each object, and of all of them.

/**
 * `storage`: the storage told the SHA-256 that the key names, without sending a byte. `reading`: every byte was read and
 * hashed. `source`: the key does not tell the content, and the bytes are those of the source.
 */
export type ProvedBy = 'storage' | 'reading' | 'source';

export type ObjectProof =
  | { key: string; size: number; proved: ProvedBy }
  /** The key does not tell what the content has to be, and there was nothing to compare it with. */
  | { key: string; size: number; unproved: true }
  /** The source does not have it. No problem for those who pull images. */
  | { key: string; size: number; surplus: true }
  /** `wrong`: other bytes. `missing`: the source has it. `unreadable`: it could not be looked at. */
  | { key: string; size: number; problem: 'wrong' | 'missing' | 'unreadable'; detail: string };

export type ProofTotals = {
  objects: number;
  bytes: number;
  proved: Record<ProvedBy, number>;
  unproved: number;
  surplus: number;
  problems: number;
};

export const noProofs = (): ProofTotals => ({
  objects: 0,
  bytes: 0,
  proved: { storage: 0, reading: 0, source: 0 },
  unproved: 0,
  surplus: 0,
  problems: 0,
});

export function addProof(totals: ProofTotals, proof: ObjectProof): void {
  totals.objects += 1;
  totals.bytes += proof.size;
  if ('proved' in proof) totals.proved[proof.proved] += 1;
  else if ('problem' in proof) totals.problems += 1;
  else if ('surplus' in proof) totals.surplus += 1;
  else totals.unproved += 1;
}
