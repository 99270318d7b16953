// Why a worker cannot start, and the exit code by which a service manager and a script can tell.

/** Codes of docs/reference/exit-codes.md. */
const EXIT = { invalidInput: 2, unreachable: 14, failed: 1 } as const;

export class StartFailure extends Error {
  readonly exit: keyof typeof EXIT;

  constructor(exit: keyof typeof EXIT, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StartFailure';
    this.exit = exit;
  }
}

/** Of whatever ended a worker. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof StartFailure) return EXIT[error.exit];
  return (error as { type?: unknown }).type === 'InvalidInput' ? EXIT.invalidInput : EXIT.failed;
}
