// Docker's token authentication, as `dtr-garant` does it. What it answers exactly is not public (dtr-msr.md §3.1); this is
// the distribution token specification. A token is valid on every replica.

import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Replica } from './replica-context.ts';

const TOKEN_LIFETIME_S = 300;

type Access = { type: string; name: string; actions: string[] };
type Claims = { sub: string; exp: number; access: Access[] };

/** The account of `Authorization: Basic`, or undefined where there is none or it is wrong. */
export function basicAccount(replica: Replica, authorization: string | undefined): string | undefined {
  const encoded = /^basic\s+(\S+)$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  const user = decoded.slice(0, colon);
  const isRight =
    colon > 0 && user === replica.config.adminUser && isEqual(decoded.slice(colon + 1), replica.password);
  return isRight ? user : undefined;
}

const isEqual = (a: string, b: string): boolean => {
  const [left, right] = [a, b].map((text) => createHmac('sha256', 'compare').update(text).digest());
  return timingSafeEqual(left as Buffer, right as Buffer);
};

/** The answer of `/auth/token` for scopes such as `repository:admin/app:pull,push`. */
export function issueToken(
  replica: Replica,
  account: string,
  scopes: readonly string[],
): Record<string, unknown> {
  const access = scopes.map((scope): Access => {
    const [type = '', ...rest] = scope.split(':');
    return { type, name: rest.slice(0, -1).join(':'), actions: (rest.at(-1) ?? '').split(',') };
  });
  const issued = Math.floor(Date.now() / 1000);
  const claims: Claims = { sub: account, exp: issued + TOKEN_LIFETIME_S, access };
  const body = `${encode({ typ: 'JWT', alg: 'HS256', kid: randomUUID() })}.${encode(claims)}`;
  const token = `${body}.${sign(replica.secret, body)}`;
  return {
    token,
    access_token: token,
    expires_in: TOKEN_LIFETIME_S,
    issued_at: new Date(issued * 1000).toISOString(),
  };
}

/** The account that a request's token names, if it allows `action` on the repository; `scope` is empty for `/v2/` itself. */
export function tokenAccount(
  replica: Replica,
  request: IncomingMessage,
  needed: { type: string; name: string; action: string } | undefined,
): string | undefined {
  const token = /^bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const [head, claimsText, signature] = (token ?? '').split('.');
  if (head === undefined || claimsText === undefined || signature === undefined) return undefined;
  if (!isEqual(signature, sign(replica.secret, `${head}.${claimsText}`))) return undefined;
  const claims = JSON.parse(Buffer.from(claimsText, 'base64url').toString('utf8')) as Claims;
  if (claims.exp * 1000 < Date.now()) return undefined;
  const allows =
    needed === undefined ||
    claims.access.some(
      ({ type, name, actions }) =>
        type === needed.type &&
        name === needed.name &&
        (actions.includes(needed.action) || actions.includes('*')),
    );
  return allows ? claims.sub : undefined;
}

export const challenge = (request: IncomingMessage, scope: string): string => {
  const host = request.headers.host ?? '';
  return `Bearer realm="https://${host}/auth/token",service="${host}"${scope === '' ? '' : `,scope="${scope}"`}`;
};

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const sign = (secret: string, body: string): string =>
  createHmac('sha256', secret).update(body).digest('base64url');
