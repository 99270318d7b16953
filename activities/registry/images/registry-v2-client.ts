// The registry's image API under one base URL, as a Docker client speaks it: token authentication by the challenge
// that `/v2/` gives, manifests, blobs with redirects to the storage, and pushes small enough to be one request.
// Methods that probe return the raw answer, because a refusal may be what is wanted.

import { TransshipError } from '../../../domain/transship-error.ts';
import type { HttpAnswer, HttpRequest, HttpStream } from '../../http/http-connection.ts';
import { refusal } from '../../http/refusal.ts';
import { requireDigest, requireRepository, requireTag } from '../names.ts';
import type { StorageConnections } from './storage-connections.ts';
import type { TokenSource } from './token-source.ts';

const MAX_REDIRECTS = 5;
/** What registries themselves take at most. */
const MOST_MANIFEST_BYTES = 4 * 1024 ** 2;

const MANIFEST_TYPES = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
].join(', ');

export type FetchedManifest = { bytes: Buffer; mediaType: string };
type Access = 'pull' | 'pull,push';

export class RegistryV2Client {
  readonly url: string;
  readonly #connections: StorageConnections;
  readonly #tokens: TokenSource;

  constructor(connections: StorageConnections, tokens: TokenSource) {
    this.url = tokens.url;
    this.#connections = connections;
    this.#tokens = tokens;
  }

  /** undefined: the repository has no such manifest. */
  async getManifest(repository: string, reference: string): Promise<FetchedManifest | undefined> {
    const answer = await this.#send(repository, 'pull', {
      method: 'GET',
      url: `${this.#base(repository)}/manifests/${requireReference(reference)}`,
      headers: { accept: MANIFEST_TYPES },
      most: { bytes: MOST_MANIFEST_BYTES },
    });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refusal(answer, `GET manifest ${repository}@${reference}`);
    return { bytes: answer.body, mediaType: (answer.headers['content-type'] ?? '').split(';')[0]!.trim() };
  }

  /** Size in bytes; undefined: the repository has no such blob. */
  async headBlob(repository: string, digest: string): Promise<number | undefined> {
    const answer = await this.#send(repository, 'pull', {
      method: 'HEAD',
      url: `${this.#base(repository)}/blobs/${requireDigest(digest)}`,
    });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refusal(answer, `HEAD blob ${repository}@${digest}`);
    const size = answer.headers['content-length'];
    if (size === undefined)
      throw new TransshipError('RegistryRefused', `HEAD blob ${repository}@${digest} names no size.`);
    return Number(size);
  }

  /** Gives the bytes to `onChunk`. False: the repository has no such blob. */
  async pullBlob(repository: string, digest: string, onChunk: (chunk: Buffer) => void): Promise<boolean> {
    const request: HttpRequest = {
      method: 'GET',
      url: `${this.#base(repository)}/blobs/${requireDigest(digest)}`,
    };
    const answer = await this.#stream(repository, 'pull', request);
    if (answer.status === 200) {
      await this.#connections.registry.consume(request, answer.body, onChunk);
      return true;
    }
    const whole = await this.#connections.registry.whole(request, answer);
    if (answer.status === 404) return false;
    throw refusal(whole, `GET blob ${repository}@${digest}`);
  }

  /** Opens an upload: 202 with a `location`, 405 in read-only mode. */
  async startUpload(repository: string): Promise<HttpAnswer> {
    const answer = await this.#send(repository, 'pull,push', {
      method: 'POST',
      url: `${this.#base(repository)}/blobs/uploads/`,
    });
    const location = answer.headers['location'];
    if (location !== undefined) answer.headers['location'] = new URL(location, this.url).href;
    return answer;
  }

  async cancelUpload(repository: string, location: string): Promise<void> {
    await this.#send(repository, 'pull,push', { method: 'DELETE', url: location });
  }

  async pushBlob(repository: string, digest: string, bytes: Buffer): Promise<HttpAnswer> {
    const started = await this.startUpload(repository);
    const location = started.headers['location'];
    if (started.status !== 202 || location === undefined) return started;
    const url = new URL(location);
    url.searchParams.set('digest', digest);
    return await this.#send(repository, 'pull,push', {
      method: 'PUT',
      url: url.href,
      headers: { 'content-type': 'application/octet-stream' },
      body: bytes,
    });
  }

  /** 201 when stored, 405 in read-only mode. */
  async putManifest(repository: string, tag: string, mediaType: string, bytes: Buffer): Promise<HttpAnswer> {
    return await this.#send(repository, 'pull,push', {
      method: 'PUT',
      url: `${this.#base(repository)}/manifests/${requireTag(tag)}`,
      headers: { 'content-type': mediaType },
      body: bytes,
    });
  }

  /** Digests come from manifests, which anybody may have written. */
  #base(repository: string): string {
    return `${this.url}/v2/${requireRepository(repository)}`;
  }

  async #send(repository: string, access: Access, request: HttpRequest): Promise<HttpAnswer> {
    return await this.#connections.registry.whole(request, await this.#stream(repository, access, request));
  }

  /** With a token of the scope, fetched anew once if the registry no longer takes it. */
  async #stream(repository: string, access: Access, request: HttpRequest): Promise<HttpStream> {
    const scope = `repository:${repository}:${access}`;
    const first = await this.#follow(request, await this.#tokens.authorization(scope));
    if (first.status !== 401) return first;
    first.body.destroy();
    this.#tokens.forget(scope);
    return await this.#follow(request, await this.#tokens.authorization(scope));
  }

  /** Credentials are for the registry alone: a redirect to another server goes without them. */
  async #follow(request: HttpRequest, authorization: string | undefined): Promise<HttpStream> {
    let url = request.url;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const own = new URL(url).origin === new URL(this.url).origin;
      const connection = await this.#connections.towards(url, own);
      const answer = await connection.stream({
        ...request,
        url,
        headers: { ...request.headers, ...(own && authorization !== undefined ? { authorization } : {}) },
      });
      const location = answer.headers['location'];
      const redirected = answer.status >= 300 && answer.status < 400 && location !== undefined;
      if (!redirected) return answer;
      await this.#connections.registry.whole(request, answer);
      url = new URL(location, url).href;
    }
    throw new TransshipError(
      'RegistryUnhealthy',
      `${request.method} ${request.url} is redirected in a circle.`,
    );
  }
}

const requireReference = (reference: string): string =>
  reference.includes(':') ? requireDigest(reference) : requireTag(reference);
