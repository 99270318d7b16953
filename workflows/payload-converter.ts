// How workflows read what comes from outside: anybody who reaches Temporal may send bytes of any kind under any encoding,
// and what cannot be decoded would make Temporal repeat the workflow task for ever, in the middle of the window too. So
// it is read as a value that fits nowhere, and those who look at values refuse it.

import { defaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';
import type { Unreadable } from '../contracts/operation.ts';
import { oneLine, shortened } from '../domain/text/plain-text.ts';

const MAX_REASON_CHARACTERS = 200;

/** Found by this name, by Temporal's bundler. */
export const payloadConverter: PayloadConverter = {
  toPayload: (value, context, hint) => defaultPayloadConverter.toPayload(value, context, hint),
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as Temporal's interface has it
  fromPayload<T>(payload: Payload): T {
    try {
      return defaultPayloadConverter.fromPayload<T>(payload);
    } catch (error) {
      const reason = shortened(oneLine((error as Error).message), MAX_REASON_CHARACTERS);
      return { unreadable: reason } satisfies Unreadable as T;
    }
  },
};
