// What comes from a registry is a stranger's: an answer is read only in the shape that the caller names, so that a proxy's
// page in place of an API's answer is an unhealthy registry and not a wrong decision.

import type { z } from 'zod';
import { TransshipError } from '../../domain/transship-error.ts';
import type { HttpAnswer } from '../http/http-connection.ts';

export type Login = { username: string; password: string };

/** Asked at each use, so that a rotated password is found. The value goes into the request alone. undefined: there are none. */
export type Credentials = () => Promise<Login | undefined>;

/** The answer's JSON in the expected shape; `RegistryUnhealthy` if it is something else. */
export function read<T>(answer: HttpAnswer, shape: z.ZodType<T>, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(answer.body.toString('utf8'));
  } catch {
    throw new TransshipError('RegistryUnhealthy', `${what} answered ${answer.status}, but not in JSON.`);
  }
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new TransshipError(
    'RegistryUnhealthy',
    `${what} answered something else than its documentation says (${problems.join('; ')}).`,
  );
}
