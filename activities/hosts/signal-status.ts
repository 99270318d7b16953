// As a shell reports a command that a signal ended: 128 and the number of the signal.

import { constants } from 'node:os';

export function statusOfSignal(name: string | undefined): number {
  const numbers: Record<string, number> = constants.signals;
  return 128 + (numbers[`SIG${(name ?? 'KILL').replace(/^SIG/, '')}`] ?? constants.signals.SIGKILL);
}
