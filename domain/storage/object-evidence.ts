// What is known of the bytes of each object of a storage that is verified, added up over all of them.

import type { ObjectEvidence, EvidenceTotals } from '../../contracts/storage.ts';

export const noEvidence = (): EvidenceTotals => ({
  objects: 0,
  bytes: 0,
  proved: { storage: 0, reading: 0, source: 0 },
  unproved: 0,
  surplus: 0,
  problems: 0,
});

export function addEvidence(totals: EvidenceTotals, evidence: ObjectEvidence): void {
  totals.objects += 1;
  totals.bytes += evidence.size;
  if ('proved' in evidence) totals.proved[evidence.proved] += 1;
  else if ('problem' in evidence) totals.problems += 1;
  else if ('surplus' in evidence) totals.surplus += 1;
  else totals.unproved += 1;
}
