// The token and account of one user of a Swift cluster, shared by all requests: renewed before it ends, and once when it
// is refused.

import type { SwiftStorageEntry } from '../../../contracts/inventory.ts';
import type { ApiOpening } from '../opening.ts';
import { type Ask, authenticate, type Session } from './tokens.ts';

/** A token is renewed so long before its end, or at nine tenths of a life that is short. */
const RENEWAL_MS = 60_000;

type Renewed = Session & { renewAtMs: number };

export class Sessions {
  readonly #signInNow: () => Promise<Session>;
  #session: Promise<Renewed> | undefined;
  #refusedToken: string | undefined;

  /** The secret is resolved anew each time. `ask`: how the server is asked without a token. */
  constructor(name: string, entry: SwiftStorageEntry, resolveSecret: ApiOpening['resolveSecret'], ask: Ask) {
    this.#signInNow = async () => await authenticate(name, entry, await resolveSecret(entry.password), ask);
  }

  async current(): Promise<Session> {
    this.#session ??= this.#signIn();
    const asked = this.#session;
    const known = await asked;
    if (Date.now() < known.renewAtMs && known.token !== this.#refusedToken) return known;
    // Whoever comes first renews it, and the others wait for that.
    if (this.#session === asked) this.#session = this.#signIn();
    return await (this.#session ?? this.current());
  }

  /** The server does not take it any more: the next one is new. */
  refuse(session: Session): void {
    this.#refusedToken = session.token;
  }

  #signIn(): Promise<Renewed> {
    const signedIn = this.#signInNow().then((session) => {
      const lifeMs = (session.expiresAtMs ?? Infinity) - Date.now();
      return { ...session, renewAtMs: Date.now() + Math.max(lifeMs - RENEWAL_MS, lifeMs * 0.9) };
    });
    signedIn.catch(() => {
      if (this.#session === signedIn) this.#session = undefined;
    });
    return signedIn;
  }
}
