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
/** Some list all tags of a repository at once. */
const PAGE = { most: { bytes: 64 * 1024 ** 2 } };

const MANIFEST_TYPES = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.artifact.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
  'application/vnd.docker.distribution.manifest.v1+json',
].join(', ');

export type FetchedManifest = { bytes: Buffer; mediaType: string };
/** `isElsewhere`: the answer is of a server that the registry has sent us to. */
type Followed = HttpStream & { isElsewhere: boolean };
type Access = 'pull' | 'pull,push' | 'delete';

/** Of what holds repositories, as tokens name it. */
const CATALOG = 'registry:catalog:*';
const scopeOf = (repository: string, access: Access): string => `repository:${repository}:${access}`;

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

  /** Its digest as the registry tells it, null where it does not; undefined: the repository has no such manifest. */
  async headManifest(repository: string, reference: string): Promise<string | null | undefined> {
    const answer = await this.#send(repository, 'pull', {
      method: 'HEAD',
      url: `${this.#base(repository)}/manifests/${requireReference(reference)}`,
      headers: { accept: MANIFEST_TYPES },
    });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refusal(answer, `HEAD manifest ${repository}@${reference}`);
    return answer.headers['docker-content-digest'] ?? null;
  }

  /** 202 when it is gone, 404 when it was not there, 405 in read-only mode and where nothing may be deleted. */
  async deleteManifest(repository: string, reference: string): Promise<HttpAnswer> {
    return await this.#send(repository, 'delete', {
      method: 'DELETE',
      url: `${this.#base(repository)}/manifests/${requireReference(reference)}`,
    });
  }

  /** A page of the names of all repositories. `query` is what the link of the page before has, or empty. */
  async catalogPage(query: string): Promise<HttpAnswer> {
    return await this.#whole(CATALOG, { method: 'GET', url: `${this.url}/v2/_catalog${query}`, ...PAGE });
  }

  /** The same of the tags of a repository. */
  async tagsPage(repository: string, query: string): Promise<HttpAnswer> {
    const url = `${this.#base(repository)}/tags/list${query}`;
    return await this.#send(repository, 'pull', { method: 'GET', url, ...PAGE });
  }

  /**
   * Asks for its first byte, which only the storage has. Size in bytes; null: it is served, of a size that is not said;
   * undefined: the repository has no such blob.
   */
  async blobSize(repository: string, digest: string): Promise<number | null | undefined> {
    const request = this.#blobRequest(repository, { digest, size: null }, { range: 'bytes=0-0' });
    const answer = await this.#stream(scopeOf(repository, 'pull'), request);
    if (answer.status === 200) {
      // The range was ignored: the first bytes are enough.
      await this.#connections.registry.begin(request, answer.body);
      const size = answer.headers['content-length'];
      return size === undefined ? null : Number(size);
    }
    const whole = await this.#connections.registry.whole(request, answer);
    const [, size] = /\/(\d+)$/.exec(answer.headers['content-range'] ?? '') ?? [];
    if (answer.status === 206) return size === undefined ? null : Number(size);
    // Nothing begins behind the end: it has no bytes.
    if (answer.status === 416) return Number(size ?? 0);
    return this.#missingBlob(repository, digest, whole, answer.isElsewhere);
  }

  /** As `blobSize`, and cheaper: it tells of the repository's right to the blob, and perhaps nothing of the storage. */
  async headBlob(repository: string, digest: string): Promise<number | null | undefined> {
    const request = { ...this.#blobRequest(repository, { digest, size: null }), method: 'HEAD' as const };
    const answer = await this.#stream(scopeOf(repository, 'pull'), request);
    const whole = await this.#connections.registry.whole(request, answer);
    const size = answer.headers['content-length'];
    if (answer.status === 200) return size === undefined ? null : Number(size);
    return this.#missingBlob(repository, digest, whole, answer.isElsewhere);
  }

  /** Gives the bytes to `onChunk`. False: the repository has no such blob. */
  async pullBlob(
    repository: string,
    blob: { digest: string; size: number | null },
    onChunk: (chunk: Buffer) => void,
  ): Promise<boolean> {
    const request = this.#blobRequest(repository, blob);
    const answer = await this.#stream(scopeOf(repository, 'pull'), request);
    if (answer.status === 200) {
      await this.#connections.registry.consume(request, answer.body, onChunk);
      return true;
    }
    const whole = await this.#connections.registry.whole(request, answer);
    this.#missingBlob(repository, blob.digest, whole, answer.isElsewhere);
    return false;
  }

  #blobRequest(
    repository: string,
    { digest, size }: { digest: string; size: number | null },
    headers: Record<string, string> = {},
  ): HttpRequest {
    const url = `${this.#base(repository)}/blobs/${requireDigest(digest)}`;
    return { method: 'GET', url, headers, ...(size === null ? {} : { most: { bytes: size } }) };
  }

  /** Throws unless the answer is that there is no such blob. */
  #missingBlob(repository: string, digest: string, answer: HttpAnswer, isElsewhere: boolean): undefined {
    if (answer.status === 404) return undefined;
    const refused = refusal(answer, `GET blob ${repository}@${digest}`);
    // A storage that the registry sends us to and that does not let us in is the registry's failure, not our credentials'.
    if (isElsewhere && refused.type === 'AccessDenied')
      throw new TransshipError('RegistryUnhealthy', `${refused.message} It was redirected.`, refused.details);
    throw refused;
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
    return await this.#whole(scopeOf(repository, access), request);
  }

  async #whole(scope: string, request: HttpRequest): Promise<HttpAnswer> {
    return await this.#connections.registry.whole(request, await this.#stream(scope, request));
  }

  /** With a token of the scope, fetched anew once if the registry no longer takes it. */
  async #stream(scope: string, request: HttpRequest): Promise<Followed> {
    const first = await this.#follow(request, await this.#tokens.authorization(scope));
    if (first.status !== 401 || first.isElsewhere) return first;
    await this.#connections.registry.whole(request, first);
    this.#tokens.forget(scope);
    return await this.#follow(request, await this.#tokens.authorization(scope));
  }

  /** Credentials are for the registry alone: a redirect to another server goes without them. */
  async #follow(request: HttpRequest, authorization: string | undefined): Promise<Followed> {
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
      if (!redirected) return { ...answer, isElsewhere: !own };
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
