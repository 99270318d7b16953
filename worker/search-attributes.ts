// Registers the search attributes that workflows set, because a start with an unknown one is refused. Where the worker
// may not do it (Temporal Cloud, a locked-down namespace) it says which commands an administrator runs.

import type { Logger } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import { SEARCH_ATTRIBUTES } from '../contracts/names.ts';

/** `IndexedValueType` of temporal/api/enums/v1/common.proto. */
const INDEXED_VALUE_TYPE = { KEYWORD: 2, BOOL: 5 } as const;

export async function registerSearchAttributes(
  connection: NativeConnection,
  namespace: string,
  logger: Logger,
): Promise<void> {
  const wanted = Object.values(SEARCH_ATTRIBUTES);
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = wanted.filter(({ name }) => !Object.hasOwn(customAttributes, name));
    if (missing.length === 0) return;
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map(({ name, type }) => [name, INDEXED_VALUE_TYPE[type]])),
    });
    logger.info('search attributes registered', { names: missing.map(({ name }) => name) });
  } catch (error) {
    logger.warn('search attributes cannot be registered; an administrator of Temporal does it once', {
      problem: (error as Error).message,
      commands: wanted.map(
        ({ name, type }) =>
          `temporal operator search-attribute create --name ${name} --type ${COMMAND_TYPE[type]}`,
      ),
    });
  }
}

/** As the `temporal` command spells them. */
const COMMAND_TYPE = { KEYWORD: 'Keyword', BOOL: 'Bool' } as const;
