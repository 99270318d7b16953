// What Distribution's API lists: repositories, and tags with the digests that they name. It lists no manifests without a tag.

import { z } from 'zod';
import { randomUUID } from 'node:crypto';
import { TransshipError } from '../../../domain/transship-error.ts';
import { mapOrdered } from '../../concurrency/ordered-pool.ts';
import type { HttpAnswer } from '../../http/http-connection.ts';
import { refusal } from '../../http/refusal.ts';
import { read } from '../answer.ts';
import type { Tag } from '../control-plane.ts';
import { requireDigest, requireRepository, requireTag } from '../names.ts';
import type { Distribution } from './distribution.ts';

/** As many as `catalog.maxentries` allows unless it is configured otherwise. Pages of 100 would take ten times the walks. */
const LARGE_PAGE = '?n=1000';
/** Of one list; more is a server that makes them up. */
const MOST_PAGES = 100_000;
const TAGS_AT_ONCE = 16;
/** Of a tag whose manifest is gone: the registry lists it, and nobody can pull it. */
const NO_MANIFEST = `sha256:${'0'.repeat(64)}`;
const INDEX = 'application/vnd.oci.image.index.v1+json';

const catalogShape = z.object({ repositories: z.array(z.string()).nullish() });
const tagsShape = z.object({ tags: z.array(z.string()).nullish() });

/** Also those whose last tag was deleted: they have none. */
export async function* listRepositories({ images }: Distribution): AsyncGenerator<string> {
  const ask = async (query: string): Promise<HttpAnswer> => {
    const answer = await images.catalogPage(query);
    // More than its own `maxentries` is refused; a page of its default size is not.
    return answer.status === 400 && query === LARGE_PAGE ? await images.catalogPage('') : answer;
  };
  const pages = eachPage(ask, LARGE_PAGE);
  for await (const answer of pages)
    for (const name of read(answer, catalogShape, `GET _catalog of ${images.url}`).repositories ?? [])
      yield requireRepository(name);
}

export async function* listTags({ images }: Distribution, repository: string): AsyncGenerator<Tag> {
  const digestOf = async (tag: string): Promise<Tag | undefined> => {
    const digest = await images.headManifest(repository, tag);
    if (typeof digest === 'string') return { tag, digest: requireDigest(digest) };
    if (digest === null)
      throw new TransshipError('RegistryUnhealthy', `${images.url} tells no digest of ${repository}:${tag}.`);
    // Deleted meanwhile, or broken
    return (await isListed(images, repository, tag)) ? { tag, digest: NO_MANIFEST } : undefined;
  };
  for await (const tag of mapOrdered(namesOf(images, repository), TAGS_AT_ONCE, digestOf))
    if (tag !== undefined) yield tag;
}

async function* namesOf(images: Distribution['images'], repository: string): AsyncGenerator<string> {
  requireRepository(repository);
  for await (const answer of eachPage(async (query) => await images.tagsPage(repository, query), ''))
    for (const tag of read(answer, tagsShape, `GET tags of ${repository}`).tags ?? []) yield requireTag(tag);
}

async function isListed(images: Distribution['images'], repository: string, tag: string): Promise<boolean> {
  for await (const name of namesOf(images, repository)) if (name === tag) return true;
  return false;
}

/** A repository that has no tags is not known to some versions. */
async function* eachPage(
  ask: (query: string) => Promise<HttpAnswer>,
  first: string,
): AsyncGenerator<HttpAnswer> {
  const seen = new Set<string>();
  for (let query: string | undefined = first; query !== undefined;) {
    const answer = await ask(query);
    if (answer.status === 404) return;
    if (answer.status !== 200) throw refusal(answer, 'GET of a list of the registry');
    yield answer;
    query = nextQuery(answer);
    if (query === undefined) return;
    if (seen.has(query) || seen.size > MOST_PAGES)
      throw new TransshipError(
        'RegistryUnhealthy',
        'A list of the registry goes in a circle, or has no end.',
      );
    seen.add(query);
  }
}

/** Whatever server the link names, the same one is asked. */
function nextQuery({ headers }: HttpAnswer): string | undefined {
  const [, link] = /<([^>]*)>\s*;\s*rel="?next"?/.exec(headers['link'] ?? '') ?? [];
  return link === undefined || !link.includes('?') ? undefined : link.slice(link.indexOf('?'));
}

/**
 * Version 3 removes a tag, version 2 a manifest with all its tags: there the tag is first moved to a manifest that nothing else
 * names. Where deletion is off the tag stays, which is no error: the plan says so.
 */
export async function removeTag({ images }: Distribution, repository: string, tag: string): Promise<void> {
  const byTag = await images.deleteManifest(repository, tag);
  if (isGone(byTag) || isOff(byTag)) return;
  if (byTag.status !== BY_DIGEST_ONLY) throw refusal(byTag, `DELETE of ${repository}:${tag}`);
  if (!(await isListed(images, repository, tag))) return;
  const own = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [],
      annotations: { 'transship.removes': randomUUID() },
    }),
  );
  const moved = await images.putManifest(repository, tag, INDEX, own);
  if (moved.status >= 300) throw refusal(moved, `PUT of ${repository}:${tag}`);
  const now = await images.headManifest(repository, tag);
  if (typeof now !== 'string') return;
  const gone = await images.deleteManifest(repository, now);
  if (!isGone(gone) && !isOff(gone)) throw refusal(gone, `DELETE of ${repository}@${now}`);
}

/** What version 2 answers to a tag in the place of a digest. */
const BY_DIGEST_ONLY = 400;

const isGone = ({ status }: HttpAnswer): boolean => status === 202 || status === 404;

/** `storage.delete` is off; read-only mode answers in plain text. */
const isOff = ({ status, body }: HttpAnswer): boolean => status === 405 && body.includes('UNSUPPORTED');
