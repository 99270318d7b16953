// The rig on Temporal's time-skipping server: while a result is awaited and nothing but timers is due, hours pass at
// once; otherwise time runs as usual.

import { TestWorkflowEnvironment } from '@temporalio/testing';
import { SEARCH_ATTRIBUTES } from '../../contracts/names.ts';
import { terminalProgress } from '../../lab/progress.ts';
import { ensureTimeSkippingServer } from '../../lab/tools/time-skipping-server.ts';
import { type Rig, rigOn } from './rig.ts';

/** `IndexedValueType` of temporal/api/enums/v1/common.proto. */
const INDEXED_VALUE_TYPE = { KEYWORD: 2, BOOL: 5 } as const;

export async function startTimeSkippingRig(): Promise<Rig> {
  const path = await ensureTimeSkippingServer(terminalProgress());
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  // This server knows no option for them, nor how to list them.
  await environment.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: Object.fromEntries(
      Object.values(SEARCH_ATTRIBUTES).map(({ name, type }) => [name, INDEXED_VALUE_TYPE[type]]),
    ),
  });
  return rigOn(environment);
}
