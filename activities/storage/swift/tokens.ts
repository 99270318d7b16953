// Gets a token and the URL of the account: tempauth and its like (v1), Keystone v2.0 and Keystone v3, each asked as the
// registry's driver does (github.com/ncw/swift), so that an entry that works for the registry works here.

import type { Dispatcher } from 'undici';
import type { SwiftStorageEntry } from '../../../contracts/inventory.ts';
import { TransshipError } from '../../../domain/transship-error.ts';

export type Session = {
  token: string;
  /** Of the account, without a `/` at its end. */
  url: string;
  /** Milliseconds since 1970; undefined: the server did not tell. */
  expiresAtMs: number | undefined;
};

/** The answer to a request for a token, of any status. */
export type Ask = (
  url: string,
  request: { method: 'GET' | 'POST'; headers: Record<string, string>; body?: string },
) => Promise<{ status: number; headers: Dispatcher.ResponseData['headers']; body: unknown }>;

const OBJECT_STORE = 'object-store';
const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json' };

/** `AccessDenied` when the server refuses, `InvalidInput` when the entry does not fit the server. */
export async function authenticate(
  name: string,
  entry: SwiftStorageEntry,
  password: string,
  ask: Ask,
): Promise<Session> {
  const ways = { 1: tempauth, 2: keystone2, 3: keystone3 };
  return await ways[versionOf(name, entry)](name, entry, password, ask);
}

function versionOf(name: string, entry: SwiftStorageEntry): 1 | 2 | 3 {
  if (entry.authversion !== undefined) return entry.authversion;
  const told = /\/v([123])(?:\.\d+)?(?:\/|$)/.exec(entry.authurl)?.[1];
  if (told === undefined) {
    throw new TransshipError(
      'InvalidInput',
      `storage ${name}: authurl does not end in a version, so authversion must tell it: 1, 2 or 3`,
    );
  }
  return Number(told) as 1 | 2 | 3;
}

async function tempauth(
  name: string,
  entry: SwiftStorageEntry,
  password: string,
  ask: Ask,
): Promise<Session> {
  const answer = await ask(entry.authurl, {
    method: 'GET',
    headers: { 'x-auth-user': entry.username, 'x-auth-key': password },
  });
  requireGranted(name, answer.status);
  const lifeS = Number(headerOf(answer.headers, 'x-auth-token-expires'));
  return session(name, {
    token: headerOf(answer.headers, 'x-auth-token') ?? headerOf(answer.headers, 'x-storage-token'),
    url: headerOf(answer.headers, 'x-storage-url'),
    expiresAtMs: lifeS > 0 ? Date.now() + lifeS * 1000 : undefined,
  });
}

type Keystone2Answer = {
  access?: {
    token?: { id?: string; expires?: string };
    serviceCatalog?: { type: string; endpoints: Record<string, string>[] }[];
  };
};

async function keystone2(
  name: string,
  entry: SwiftStorageEntry,
  password: string,
  ask: Ask,
): Promise<Session> {
  const answer = await ask(joined(entry.authurl, 'tokens'), {
    method: 'POST',
    headers: JSON_HEADERS,
    body: JSON.stringify({
      auth: {
        passwordCredentials: { username: entry.username, password },
        ...(entry.tenantid !== undefined && { tenantId: entry.tenantid }),
        ...(entry.tenant !== undefined && { tenantName: entry.tenant }),
      },
    }),
  });
  requireGranted(name, answer.status);
  const { access } = answer.body as Keystone2Answer;
  const endpoint = access?.serviceCatalog
    ?.filter(({ type }) => type === OBJECT_STORE)
    .flatMap(({ endpoints }) => endpoints)
    .find(({ region }) => entry.region === undefined || entry.region === region);
  return session(name, {
    token: access?.token?.id,
    url: requireEndpoint(name, entry, endpoint?.[`${entry.endpointtype}URL`]),
    expiresAtMs: timeOf(access?.token?.expires),
  });
}

type Keystone3Answer = {
  token?: {
    expires_at?: string;
    catalog?: { type: string; endpoints: { interface: string; region: string; url: string }[] }[];
  };
};

async function keystone3(
  name: string,
  entry: SwiftStorageEntry,
  password: string,
  ask: Ask,
): Promise<Session> {
  const answer = await ask(joined(entry.authurl, 'auth/tokens'), {
    method: 'POST',
    headers: JSON_HEADERS,
    body: JSON.stringify({
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { name: entry.username, password, domain: domainOf(entry) } },
        },
        ...scopeOf(entry),
      },
    }),
  });
  requireGranted(name, answer.status);
  const { token } = answer.body as Keystone3Answer;
  const endpoint = token?.catalog
    ?.filter(({ type }) => type === OBJECT_STORE)
    .flatMap(({ endpoints }) => endpoints)
    .find(
      (one) =>
        one.interface === entry.endpointtype && (entry.region === undefined || entry.region === one.region),
    );
  return session(name, {
    token: headerOf(answer.headers, 'x-subject-token'),
    url: requireEndpoint(name, entry, endpoint?.url),
    expiresAtMs: timeOf(token?.expires_at),
  });
}

/** A user's name means nothing without its domain; Keystone's own one has the id `default`. */
function domainOf(entry: SwiftStorageEntry): { name: string } | { id: string } {
  return entry.domain === undefined ? { id: entry.domainid ?? 'default' } : { name: entry.domain };
}

/** A trust says itself what it gives access to. */
function scopeOf(entry: SwiftStorageEntry): object {
  if (entry.trustid !== undefined) return { scope: { 'OS-TRUST:trust': { id: entry.trustid } } };
  if (entry.tenantid !== undefined) return { scope: { project: { id: entry.tenantid } } };
  if (entry.tenant !== undefined)
    return { scope: { project: { name: entry.tenant, domain: domainOf(entry) } } };
  return {};
}

function requireGranted(name: string, status: number): void {
  if (status >= 200 && status < 300) return;
  const refused = status === 401 || status === 403;
  throw new TransshipError(
    refused ? 'AccessDenied' : status >= 500 || status === 429 ? 'StorageUnavailable' : 'InvalidInput',
    `storage ${name}: ${refused ? 'the user or the password is refused' : 'no token was given'} (${status})`,
    { action: 'authenticate', status },
  );
}

function requireEndpoint(name: string, entry: SwiftStorageEntry, url: string | undefined): string {
  if (url !== undefined) return url;
  throw new TransshipError(
    'InvalidInput',
    `storage ${name}: the catalogue has no ${entry.endpointtype} object store${entry.region === undefined ? '' : ` in region ${entry.region}`}; is a tenant named?`,
  );
}

function session(
  name: string,
  told: { token: string | undefined; url: string | undefined; expiresAtMs: number | undefined },
): Session {
  if (!told.token || !told.url) {
    throw new TransshipError(
      'StorageUnavailable',
      `storage ${name}: the answer holds no token or no account`,
    );
  }
  return { token: told.token, url: told.url.replace(/\/+$/, ''), expiresAtMs: told.expiresAtMs };
}

const joined = (url: string, path: string): string => `${url.replace(/\/+$/, '')}/${path}`;

function headerOf(headers: Dispatcher.ResponseData['headers'], name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function timeOf(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : time;
}
