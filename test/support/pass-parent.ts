// The workflows of the product, and one that starts a single pass of copying as a migration does: a pass by itself is refused.

import { executeChild, workflowInfo } from '@temporalio/workflow';
import type { PassSummary } from '../../contracts/migration.ts';
import type { CopyPassInput } from '../../contracts/storage-activities.ts';
import type { copyPass } from '../../workflows/migration/copy-pass.ts';
import { transferAt } from '../../workflows/operation/activity-profiles.ts';

export { bestPracticeMigration, copyPass, readOnlyMigration } from '../../workflows/index.ts';

/** The pass has this workflow's id with `/pass-<n>` behind it. */
export async function passParent(input: CopyPassInput): Promise<PassSummary> {
  const { workflowId, runId } = workflowInfo();
  const { source, destination } = input;
  const job = `jobs/${workflowId}/${runId}`;
  await transferAt(input.boundTo).claimDestination({ job, source, destination });
  return await executeChild<typeof copyPass>('copyPass', {
    workflowId: `${workflowId}/pass-${input.pass}`,
    args: [{ ...input, job }],
  });
}
