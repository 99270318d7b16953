// The registry API v2 of a replica: who may do what, and which part answers.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { handleBlob, handleUpload } from './registry-blobs.ts';
import { sendError, sendJson } from './registry-errors.ts';
import { handleManifest } from './registry-manifests.ts';
import type { Replica } from './replica-context.ts';
import { createRepository, getRepository, listRepositories } from './repositories.ts';
import { readSettings } from './settings.ts';
import { challenge, tokenAccount } from './token-auth.ts';

/** DTR's repositories have exactly two parts. */
const REPOSITORY = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/;
const PATH = /^\/v2\/(.+?)\/(manifests|blobs|tags)\/(.*)$/;

export async function handleRegistry(
  replica: Replica,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = mark < 0 ? '' : url.slice(mark);

  if (path === '/v2/' || path === '/v2') {
    if (tokenAccount(replica, request, undefined) === undefined) return refuse(request, response, '');
    return sendJson(response, 200, {});
  }
  if (path === '/v2/_catalog') return serveCatalog(replica, request, response, query);

  const [, name = '', kind, rest = ''] = PATH.exec(path) ?? [];
  if (!REPOSITORY.test(name))
    return sendError(response, 404, 'NAME_UNKNOWN', 'repository name not known to registry');
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const account = tokenAccount(replica, request, {
    type: 'repository',
    name,
    action: isRead ? 'pull' : 'push',
  });
  if (account === undefined)
    return refuse(request, response, `repository:${name}:${isRead ? 'pull' : 'pull,push'}`);
  if (!hasRepository(replica, name, isRead))
    return sendError(response, 404, 'NAME_UNKNOWN', 'repository name not known to registry', { name });

  if (kind === 'manifests') return handleManifest(replica, request, response, name, rest, account);
  if (kind === 'tags' && rest === 'list') return serveTags(replica, request, response, name, query);
  if (rest === 'uploads' || rest.startsWith('uploads/'))
    return handleUpload(replica, request, response, name, rest.slice('uploads/'.length), query);
  return handleBlob(replica, request, response, name, rest);
}

function hasRepository(replica: Replica, fullName: string, isRead: boolean): boolean {
  if (getRepository(replica.store, fullName) !== undefined) return true;
  if (isRead || !readSettings(replica.store).createRepositoryOnPush) return false;
  // A refused push must not leave a repository behind.
  if (replica.blobs.current().readOnly) return true;
  const [namespace = '', name = ''] = fullName.split('/');
  createRepository(replica.store, namespace, { name });
  return true;
}

function refuse(request: IncomingMessage, response: ServerResponse, scope: string): void {
  sendError(response, 401, 'UNAUTHORIZED', 'authentication required', null, {
    'WWW-Authenticate': challenge(request, scope),
  });
}

function serveCatalog(
  replica: Replica,
  request: IncomingMessage,
  response: ServerResponse,
  query: string,
): void {
  if (tokenAccount(replica, request, { type: 'registry', name: 'catalog', action: '*' }) === undefined)
    return refuse(request, response, 'registry:catalog:*');
  const names = listRepositories(replica.store).map(({ namespace, name }) => `${namespace}/${name}`);
  const { page, link } = pageOf(names, query, '/v2/_catalog');
  sendJson(response, 200, { repositories: page }, link);
}

function serveTags(
  replica: Replica,
  _request: IncomingMessage,
  response: ServerResponse,
  name: string,
  query: string,
): void {
  const tags = replica.store.all<{ name: string }>(
    'SELECT name FROM tags WHERE repository = ? ORDER BY name',
    name,
  );
  const { page, link } = pageOf(
    tags.map((tag) => tag.name),
    query,
    `/v2/${name}/tags/list`,
  );
  sendJson(response, 200, { name, tags: page }, link);
}

function pageOf(
  names: string[],
  query: string,
  path: string,
): { page: string[]; link: Record<string, string> } {
  const parameters = new URLSearchParams(query);
  const last = parameters.get('last') ?? '';
  const limit = Number(parameters.get('n') ?? Number.POSITIVE_INFINITY);
  const after = names.filter((name) => last === '' || name > last);
  const page = after.slice(0, limit);
  const link: Record<string, string> =
    page.length < after.length
      ? { Link: `<${path}?last=${encodeURIComponent(page.at(-1) ?? '')}&n=${limit}>; rel="next"` }
      : {};
  return { page, link };
}
