// A child that works for an operation is told when people pause and resume it, one word after the other, so that the last
// one stands: two signals at once could arrive in either order.

import { CancellationScope, type ChildWorkflowHandle, condition, type Workflow } from '@temporalio/workflow';
import { CHILD_SIGNALS } from '../../contracts/names.ts';
import type { Pauses } from '../operation/pauses.ts';

/** The child's result. */
export async function whileTold<Child extends Workflow>(
  child: ChildWorkflowHandle<Child>,
  { isPaused }: Pauses,
): ReturnType<ChildWorkflowHandle<Child>['result']> {
  const telling = new CancellationScope();
  // A child that cannot be told has ended
  const told = telling.run(() => tell(child, isPaused)).catch(() => undefined);
  try {
    return await child.result();
  } finally {
    telling.cancel();
    await told;
  }
}

async function tell(
  child: Pick<ChildWorkflowHandle<Workflow>, 'signal'>,
  isPaused: () => boolean,
): Promise<never> {
  let told = false;
  for (;;) {
    await condition(() => isPaused() !== told);
    told = isPaused();
    await child.signal(CHILD_SIGNALS.hold, told);
  }
}
