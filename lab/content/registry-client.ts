// A small client of the registry API, for filling the lab's registry and for looking whether everything is still there.
// It believes nothing: what it pulls is hashed, and only a 201 counts as an accepted push.

import { createHash } from 'node:crypto';
import { Agent, request } from 'undici';
import { MANIFEST_TYPES } from './images.ts';
import { sha256 } from './layers.ts';

const CONNECTIONS = 16;
const IDLE_TIMEOUT_MS = 5000;
/** A large layer may take long on a slow storage. */
const ANSWER_TIMEOUT_MS = 120_000;

export type RegistryAccess = { host: string; user: string; password: string; /** PEM. */ ca: string };

export type Manifest = { digest: string; mediaType: string; bytes: Buffer };

/** An answer that is neither success nor "not there". */
export class RegistryAnswerError extends Error {
  readonly status: number;

  constructor(what: string, status: number, body: string) {
    super(`${what}: ${status} ${body.trim().slice(0, 300)}`);
    this.name = 'RegistryAnswerError';
    this.status = status;
  }

  /** 405 is how a read-only registry refuses a push (dtr-msr.md §4). */
  get refused(): boolean {
    return this.status === 405;
  }
}

type Call = {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  url: string;
  /** Repositories and what is done to them, as in a token's scope. */
  scopes: string[];
  headers?: Record<string, string>;
  body?: Buffer;
};
type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: Buffer };

export class RegistryClient {
  readonly #access: RegistryAccess;
  readonly #agent: Agent;
  readonly #authorizations = new Map<string, string>();

  constructor(access: RegistryAccess) {
    this.#access = access;
    this.#agent = openAgent(access.ca);
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async hasBlob(repository: string, digest: string): Promise<boolean> {
    const url = `/v2/${repository}/blobs/${digest}`;
    const answer = await this.#call({ method: 'HEAD', url, scopes: [pull(repository)] });
    // A registry on a cloud storage says where a blob is that it has.
    return answer.status === 307 || isThere(url, answer);
  }

  /** False where the registry does not have the blob in `from`; nothing is left behind then. */
  async mountBlob(repository: string, digest: string, from: string): Promise<boolean> {
    const url = `/v2/${repository}/blobs/uploads/?mount=${digest}&from=${encodeURIComponent(from)}`;
    const answer = await this.#call({ method: 'POST', url, scopes: [push(repository), pull(from)] });
    if (answer.status === 201) return true;
    expectStatus(`mount of ${digest} to ${repository}`, answer, 202);
    await this.#call({ method: 'DELETE', url: locationOf(answer), scopes: [push(repository)] });
    return false;
  }

  async pushBlob(repository: string, digest: string, bytes: Buffer): Promise<void> {
    const scopes = [push(repository)];
    const begun = await this.#call({ method: 'POST', url: `/v2/${repository}/blobs/uploads/`, scopes });
    expectStatus(`upload to ${repository}`, begun, 202);
    const location = locationOf(begun);
    const url = `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
    const headers = { 'content-type': 'application/octet-stream' };
    expectStatus(
      `upload of ${digest} to ${repository}`,
      await this.#call({ method: 'PUT', url, scopes, headers, body: bytes }),
      201,
    );
  }

  /** Reads all of it; an error where the bytes are not those that the digest names. */
  async pullBlob(repository: string, digest: string): Promise<{ bytes: number }> {
    const url = `/v2/${repository}/blobs/${digest}`;
    let response = await this.#send({ method: 'GET', url, scopes: [pull(repository)] });
    if (response.statusCode === 307) {
      // A registry on a cloud storage sends clients there (S1); the link carries its own authorization.
      await response.body.dump();
      response = await request(String(response.headers['location']), { dispatcher: this.#agent });
    }
    if (response.statusCode !== 200) {
      throw new RegistryAnswerError(
        `pull of ${digest} from ${repository}`,
        response.statusCode,
        await response.body.text(),
      );
    }
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of response.body) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
    }
    const found = `sha256:${hash.digest('hex')}`;
    if (found !== digest) throw new Error(`${repository}@${digest} has the bytes of ${found}`);
    return { bytes };
  }

  /** Of every repository the tags that the registry lists. */
  async listTags(): Promise<{ repository: string; tag: string }[]> {
    const found: { repository: string; tag: string }[] = [];
    for await (const page of this.#pages('/v2/_catalog', 'registry:catalog:*'))
      for (const repository of (page as { repositories: string[] | null }).repositories ?? [])
        for await (const listed of this.#pages(`/v2/${repository}/tags/list`, pull(repository)))
          for (const tag of (listed as { tags?: string[] | null }).tags ?? [])
            found.push({ repository, tag });
    return found;
  }

  async *#pages(first: string, scope: string): AsyncGenerator {
    for (let url: string | undefined = first; url !== undefined;) {
      const answer = await this.#call({ method: 'GET', url, scopes: [scope] });
      if (!isThere(url, answer)) return;
      yield JSON.parse(answer.body.toString());
      const [, next] = /<([^>]*)>/.exec(String(answer.headers['link'] ?? '')) ?? [];
      url = next;
    }
  }

  /** undefined: there is no such tag or manifest. */
  async getManifest(repository: string, reference: string): Promise<Manifest | undefined> {
    const url = `/v2/${repository}/manifests/${reference}`;
    const headers = { accept: MANIFEST_TYPES.join(', ') };
    const answer = await this.#call({ method: 'GET', url, scopes: [pull(repository)], headers });
    if (!isThere(url, answer)) return undefined;
    const digest = sha256(answer.body);
    if (reference.startsWith('sha256:') && reference !== digest) {
      throw new Error(`${repository}@${reference} has the bytes of ${digest}`);
    }
    return { digest, mediaType: String(answer.headers['content-type']), bytes: answer.body };
  }

  async pushManifest(
    repository: string,
    reference: string,
    manifest: Omit<Manifest, 'digest'>,
  ): Promise<void> {
    const url = `/v2/${repository}/manifests/${reference}`;
    const headers = { 'content-type': manifest.mediaType };
    const body = manifest.bytes;
    const answer = await this.#call({ method: 'PUT', url, scopes: [push(repository)], headers, body });
    expectStatus(`push of ${repository}:${reference}`, answer, 201);
  }

  async #call(call: Call): Promise<Answer> {
    const response = await this.#send(call);
    const body = Buffer.from(await response.body.arrayBuffer());
    return { status: response.statusCode, headers: response.headers, body };
  }

  /** Sends as the last answer for the same scopes wanted it; a 401 says what it wants. */
  async #send(call: Call): ReturnType<typeof request> {
    const key = call.scopes.join(' ');
    const first = await this.#sendOnce(call, this.#authorizations.get(key));
    if (first.statusCode !== 401) return first;
    await first.body.dump();
    const challenge = String(first.headers['www-authenticate'] ?? '');
    const { user, password } = this.#access;
    const authorization = /^basic\b/i.test(challenge)
      ? basic(user, password)
      : `Bearer ${await this.#fetchToken(challenge, call.scopes)}`;
    this.#authorizations.set(key, authorization);
    return await this.#sendOnce(call, authorization);
  }

  async #sendOnce(call: Call, authorization: string | undefined): ReturnType<typeof request> {
    return await request(new URL(call.url, `https://${this.#access.host}`), {
      method: call.method,
      dispatcher: this.#agent,
      headers: { ...call.headers, ...(authorization === undefined ? {} : { authorization }) },
      ...(call.body === undefined ? {} : { body: call.body }),
    });
  }

  async #fetchToken(challenge: string, scopes: string[]): Promise<string> {
    const asked = Object.fromEntries(
      [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map((match) => [match[1], match[2]]),
    );
    const realm = asked['realm'];
    if (realm === undefined)
      throw new Error(`${this.#access.host} does not say where tokens are: ${challenge}`);
    const url = new URL(realm);
    url.searchParams.set('service', asked['service'] ?? '');
    for (const scope of scopes) url.searchParams.append('scope', scope);
    const { user, password } = this.#access;
    const headers = { authorization: basic(user, password) };
    const response = await request(url, { dispatcher: this.#agent, headers });
    if (response.statusCode !== 200) {
      throw new RegistryAnswerError('request for a token', response.statusCode, await response.body.text());
    }
    const answer = (await response.body.json()) as { token?: string; access_token?: string };
    return answer.token ?? answer.access_token ?? '';
  }
}

/** `ca`: PEM of the authority that signed the registry's certificate. */
export function openAgent(ca: string): Agent {
  return new Agent({
    connect: { ca },
    // Docker's clients push over HTTP/1.1 too; undici's HTTP/2 gives up on large uploads.
    allowH2: false,
    connections: CONNECTIONS,
    keepAliveTimeout: IDLE_TIMEOUT_MS,
    headersTimeout: ANSWER_TIMEOUT_MS,
    bodyTimeout: ANSWER_TIMEOUT_MS,
  });
}

const pull = (repository: string): string => `repository:${repository}:pull`;
const push = (repository: string): string => `repository:${repository}:pull,push`;
export const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

function expectStatus(what: string, answer: Answer, status: number): void {
  if (answer.status !== status) throw new RegistryAnswerError(what, answer.status, answer.body.toString());
}

function isThere(what: string, answer: Answer): boolean {
  if (answer.status === 404) return false;
  expectStatus(what, answer, 200);
  return true;
}

function locationOf(answer: Answer): string {
  const location = answer.headers['location'];
  if (typeof location !== 'string') throw new Error('the registry began an upload without a Location');
  return location;
}
