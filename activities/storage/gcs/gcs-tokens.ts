// Access tokens for Google Cloud Storage. A service account's key file is exchanged for them here, because Google's
// library does so at its own address only, whatever `token_uri` says; the worker's own credentials are found by the
// library.

import { createSign } from 'node:crypto';
import { request } from 'undici';
import { z } from 'zod';
import type { GcsStorageEntry, SecretRef } from '../../../contracts/inventory.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import { fromCachedSecret } from '../../concurrency/cached-secret.ts';

/** Changing what is told of an object needs more than reading and writing. */
const SCOPE = 'https://www.googleapis.com/auth/devstorage.full_control';
const LIFETIME_S = 3600;
/** A token is not used to its very end. */
const RENEW_BEFORE_END_MS = 5 * 60_000;
const ANSWER_TIMEOUT_MS = 30_000;

const KEY_FILE = z.object({ client_email: z.string(), private_key: z.string(), token_uri: z.url() });
const TOKEN = z.object({ access_token: z.string(), expires_in: z.number() });

type Tokens = () => Promise<string | undefined>;

/**
 * A token of this moment; undefined for an emulator: an endpoint without TLS and without a key file gets none, because
 * the worker's own credentials must not be sent in clear.
 */
export function gcsTokens(
  name: string,
  { keyfile, endpoint }: GcsStorageEntry,
  resolveSecret: (ref: SecretRef) => Promise<string>,
): Tokens {
  if (keyfile === undefined) {
    return endpoint?.startsWith('http:') === true ? () => Promise.resolve(undefined) : ambientTokens(name);
  }
  const fresh = fromCachedSecret(
    () => resolveSecret(keyfile),
    (text) => keyFileTokens(name, parsedKeyFile(name, text)),
  );
  return async () => await (await fresh())();
}

/** The library is loaded when it is needed first: it is large, and most workers have no storage at Google. */
function ambientTokens(name: string): Tokens {
  let auth: Promise<{ getAccessToken(): Promise<string | null | undefined> }> | undefined;
  return async () => {
    auth ??= import('@google-cloud/storage').then(({ Storage }) => new Storage().authClient);
    try {
      return (await (await auth).getAccessToken()) ?? undefined;
    } catch (error) {
      throw noToken(name, 'SecretUnavailable', (error as Error).message);
    }
  };
}

function keyFileTokens(name: string, file: z.infer<typeof KEY_FILE>): Tokens {
  let known: { until: number; token: Promise<string> } | undefined;
  const ask = async (): Promise<string> => {
    const answer = await request(file.token_uri, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: assertionOf(file),
      }).toString(),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    }).catch((error: unknown) => {
      throw noToken(name, 'StorageUnavailable', (error as Error).message);
    });
    const { statusCode } = answer;
    const said: unknown = await answer.body.json().catch(() => undefined);
    const token = TOKEN.safeParse(said);
    if (statusCode === 200 && token.success) {
      known = known && { ...known, until: Date.now() + token.data.expires_in * 1000 - RENEW_BEFORE_END_MS };
      return token.data.access_token;
    }
    const refused = statusCode >= 400 && statusCode < 500 && statusCode !== 429;
    throw noToken(name, refused ? 'AccessDenied' : 'StorageUnavailable', `status ${statusCode}`);
  };
  return async () => {
    if (known === undefined || known.until < Date.now()) {
      // One question for all who want a token meanwhile.
      known = { until: Date.now() + ANSWER_TIMEOUT_MS, token: ask() };
    }
    const { token } = known;
    try {
      return await token;
    } catch (error) {
      if (known.token === token) known = undefined;
      throw error;
    }
  };
}

/** RFC 7523, signed with RS256. */
function assertionOf({
  client_email: account,
  private_key: key,
  token_uri: audience,
}: z.infer<typeof KEY_FILE>): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: account, scope: SCOPE, aud: audience, iat: now, exp: now + LIFETIME_S };
  const signed = [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => base64url(JSON.stringify(part)))
    .join('.');
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key, 'base64url')}`;
}

function parsedKeyFile(name: string, text: string): z.infer<typeof KEY_FILE> {
  try {
    return KEY_FILE.parse(JSON.parse(text));
  } catch {
    // The parsers' own messages would show some of the key.
    throw new TransshipError(
      'SecretUnavailable',
      `storage ${name}: its key file is not one of a service account`,
    );
  }
}

const noToken = (
  name: string,
  type: 'AccessDenied' | 'SecretUnavailable' | 'StorageUnavailable',
  problem: string,
): TransshipError => new TransshipError(type, `storage ${name}: no access token of Google: ${problem}`);

const base64url = (text: string): string => Buffer.from(text).toString('base64url');
