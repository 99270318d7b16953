// The steps of a backup, a verification and a restore, as people see them.

import type { Phase, Step } from '../../contracts/operation.ts';
import type { Pauses } from '../operation/pauses.ts';
import type { StatusBoard } from '../operation/status-board.ts';

const STEPS = {
  look: ['preflight', 1, 'Look at the registry'],
  plan: ['planning', 2, 'Count what would be copied'],
  'pause-collection': ['preparing', 2, 'Pause garbage collection'],
  metadata: ['copying', 3, 'Back up the metadata'],
  tags: ['copying', 4, 'List tags and links'],
  content: ['copying', 5, 'Copy blobs'],
  seal: ['verifying', 6, 'Prove and sign the set'],
  'resume-collection': ['cleaning-up', 7, 'Turn garbage collection on again'],
  report: ['cleaning-up', 8, 'Write the report'],
  'check-set': ['verifying', 1, 'Check the set'],
  'rehash-content': ['verifying', 2, 'Read content'],
  'look-at-set': ['preflight', 1, 'Look at the set, the registry and the destination'],
  'plan-restore': ['planning', 2, 'Make the plan'],
  'approve-restore': ['waiting-for-approval', 2, 'Approve the plan'],
  'hold-pushes': ['window', 3, 'Refuse pushes'],
  'restore-content': ['copying', 4, 'Restore images'],
  'restore-metadata': ['window', 5, 'Restore the configuration'],
  'verify-restore': ['verifying', 6, 'Pull every tag'],
  'accept-pushes': ['cleaning-up', 7, 'Turn schedules on again and accept pushes'],
  'report-restore': ['cleaning-up', 8, 'Write the report'],
} as const satisfies Record<string, [Phase, number, string]>;

export type StepId = keyof typeof STEPS;

type Shown = { board: Pick<StatusBoard, 'enter'> };

export function enter({ board }: Shown, id: StepId): void {
  const [phase, number, title] = STEPS[id];
  board.enter(phase, { id, number, title } satisfies Step);
}

/** Returns when nobody holds the operation. */
export async function begin(operation: Shown & { pauses: Pauses }, id: StepId): Promise<void> {
  enter(operation, id);
  await operation.pauses.here();
}
