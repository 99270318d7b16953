// The one table of exit codes, for scripts. docs/reference/exit-codes.md and the help are generated from it.

import type { FailureType } from '../../contracts/failures.ts';

export const EXIT_CODES = {
  ok: { code: 0, meaning: 'Done.' },
  failed: { code: 1, meaning: 'The operation or the command failed; the message says why.' },
  invalidInput: {
    code: 2,
    meaning:
      'Wrong usage, wrong input, a bad inventory or a decision that does not fit. Nothing was changed.',
  },
  notFound: { code: 10, meaning: 'There is no such operation, or it has ended already.' },
  alreadyRunning: { code: 11, meaning: 'An operation on this registry is running.' },
  notApproved: { code: 12, meaning: 'A person rejected a step, or nobody decided in time.' },
  verificationFailed: { code: 13, meaning: 'After the switch an image was missing or different.' },
  unreachable: { code: 14, meaning: 'Temporal cannot be reached.' },
  different: {
    code: 15,
    meaning:
      'The storages, or inventory and schedules, differ, or could not be compared; the lines say where.',
  },
  damaged: {
    code: 16,
    meaning:
      'The storage or the backup set has damaged, missing or unreadable objects; the report names them.',
  },
  lacking: {
    code: 17,
    meaning: 'The storage or the registry lacks something that a migration needs; the table says what.',
  },
  workersAmiss: {
    code: 18,
    meaning: 'The workers do not fit each other, or an operation waits for a build that no worker has.',
  },
  schedulesAmiss: {
    code: 19,
    meaning: 'A schedule is late, or its last run was skipped or failed; the lines say which.',
  },
  interrupted: {
    code: 130,
    meaning:
      'Interrupted (Ctrl-C). An operation goes on without its watcher; a storage command goes on when it is started again.',
  },
} as const satisfies Record<string, { code: number; meaning: string }>;

export type Exit = keyof typeof EXIT_CODES;

const EXIT_OF_FAILURE: Partial<Record<FailureType, Exit>> = {
  InvalidInput: 'invalidInput',
  DecisionRefused: 'invalidInput',
  PauseRefused: 'invalidInput',
  ApprovalRejected: 'notApproved',
  ApprovalExpired: 'notApproved',
  VerificationFailed: 'verificationFailed',
  SetInvalid: 'damaged',
};

export const exitOfFailure = (type: string): Exit => EXIT_OF_FAILURE[type as FailureType] ?? 'failed';
