// Errors of DTR's API: `{"errors":[{"code","message","detail"}]}` (dtr-msr.md §3.2).

import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

export class ApiError extends Error {
  readonly status: ContentfulStatusCode;
  readonly code: string;

  constructor(status: ContentfulStatusCode, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const errorBody = (code: string, message: string): unknown => ({
  errors: [{ code, message, detail: null }],
});

/** The body as an object; 400 where it is none. Fields that the swagger calls required may be missing, as clients do it. */
export async function readJson<T>(context: Context): Promise<Partial<T>> {
  const body: unknown = await context.req.json().catch(() => undefined);
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new ApiError(400, 'INVALID_JSON', 'The body is not a JSON object.');
  return body;
}
