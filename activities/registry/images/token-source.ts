// Tokens for the image API of one base URL, by the challenge that its `/v2/` gives. A token is kept for its scope until
// shortly before it expires, so that checking an image costs no more requests than it has parts.

import { z } from 'zod';
import { TransshipError } from '../../../domain/transship-error.ts';
import { read, type Credentials, type Login } from '../answer.ts';
import type { HttpConnection } from '../../http/http-connection.ts';
import { refusal } from '../../http/refusal.ts';

/** What the token specification promises when the answer names no lifetime. */
const DEFAULT_LIFETIME_S = 60;
/** Part of its lifetime after which a token is not used any more. */
const USABLE_SHARE = 0.75;

const tokenShape = z.object({
  token: z.string().optional(),
  access_token: z.string().optional(),
  expires_in: z.number().optional(),
});

type Challenge =
  | { scheme: 'none' }
  | { scheme: 'basic' }
  | { scheme: 'bearer'; realm: string; service: string };
type Token = { value: string; usableUntilMs: number };

export class TokenSource {
  readonly url: string;
  readonly #connection: HttpConnection;
  readonly #credentials: Credentials;
  #challenge: Promise<Challenge> | undefined;
  readonly #tokens = new Map<string, Promise<Token>>();

  constructor(connection: HttpConnection, url: string, credentials: Credentials) {
    this.url = url.replace(/\/+$/, '');
    this.#connection = connection;
    this.#credentials = credentials;
  }

  /** The value of the `Authorization` header; undefined if the registry asks for none. */
  async authorization(scope: string): Promise<string | undefined> {
    this.#challenge ??= this.#askChallenge().catch((error: unknown) => {
      this.#challenge = undefined;
      throw error;
    });
    const challenge = await this.#challenge;
    if (challenge.scheme === 'none') return undefined;
    if (challenge.scheme === 'basic') return await this.#basic();
    const kept = await this.#tokens.get(scope);
    if (kept !== undefined && kept.usableUntilMs > Date.now()) return `Bearer ${kept.value}`;
    const fetched = this.#fetchToken(challenge, scope);
    this.#tokens.set(scope, fetched);
    try {
      return `Bearer ${(await fetched).value}`;
    } catch (error) {
      this.forget(scope);
      throw error;
    }
  }

  /** After a 401: the next request of this scope fetches a new token. */
  forget(scope: string): void {
    this.#tokens.delete(scope);
  }

  async #askChallenge(): Promise<Challenge> {
    const answer = await this.#connection.send({ method: 'GET', url: `${this.url}/v2/` });
    if (answer.status === 200) return { scheme: 'none' };
    if (answer.status !== 401) throw refusal(answer, `GET ${this.url}/v2/`);
    const header = answer.headers['www-authenticate'] ?? '';
    if (/^basic\b/i.test(header)) return { scheme: 'basic' };
    const fields = Object.fromEntries(
      [...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name!, value!]),
    );
    const realm = fields['realm'];
    if (!/^bearer\b/i.test(header) || realm === undefined)
      throw new TransshipError('RegistryUnhealthy', `${this.url}/v2/ asks for an unknown authentication.`);
    if (new URL(realm).protocol !== new URL(this.url).protocol)
      throw new TransshipError(
        'AccessDenied',
        `${this.url} sends its clients to ${realm}; credentials are not sent by another protocol.`,
      );
    return { scheme: 'bearer', realm, service: fields['service'] ?? '' };
  }

  async #fetchToken({ realm, service }: { realm: string; service: string }, scope: string): Promise<Token> {
    const url = new URL(realm);
    if (service !== '') url.searchParams.set('service', service);
    url.searchParams.set('scope', scope);
    const what = `GET ${url.origin}${url.pathname} for ${scope}`;
    const answer = await this.#connection.send({
      method: 'GET',
      url: url.href,
      headers: await this.#login(),
    });
    if (answer.status !== 200) throw refusal(answer, what);
    const token = read(answer, tokenShape, what);
    return {
      value: token.token ?? token.access_token ?? '',
      usableUntilMs: Date.now() + (token.expires_in ?? DEFAULT_LIFETIME_S) * 1000 * USABLE_SHARE,
    };
  }

  async #basic(): Promise<string> {
    const login = await this.#credentials();
    if (login !== undefined) return basic(login);
    throw new TransshipError(
      'AccessDenied',
      `${this.url} asks for a password, and the inventory has none for it.`,
    );
  }

  /** Tokens may be had by anybody. */
  async #login(): Promise<Record<string, string>> {
    const login = await this.#credentials();
    return login === undefined ? {} : { authorization: basic(login) };
  }
}

const basic = ({ username, password }: Login): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
