// A claim as it stands after a destination was found empty, whatever it holds by now.

import { lastTurn, type Sides, takeTurn } from '../../activities/copying/claim.ts';
import { inProcessMeter } from '../../activities/concurrency/in-process-meter.ts';
import { IMPATIENT } from '../support/impatient.ts';

export async function forceClaim(
  sides: Sides,
  claimant: { job: string; source: string; destination: string },
): Promise<void> {
  const meter = inProcessMeter(new AbortController().signal, IMPATIENT);
  await takeTurn(sides, claimant, await lastTurn(sides.journal, claimant.destination), meter);
}
