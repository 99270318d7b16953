// What proving a storage says of each object, and of all of them.

import type { ObjectProof, ProofTotals } from '../../contracts/storage.ts';

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
