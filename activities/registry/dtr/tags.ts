// What DTR's API lists: repositories over all namespaces, and the tags and manifests of one. Names become parts of URLs and of
// paths, so a list with one that no client could pull is refused as a whole.

import type { Tag } from '../control-plane.ts';
import { requireDigest, requireRepository, requireTag } from '../names.ts';
import type { Dtr } from './dtr.ts';
import { manifestsShape, repositoriesShape, tagsShape } from './dtr-shapes.ts';

export async function* listRepositories({ api }: Dtr): AsyncGenerator<string> {
  const pages = api.pages('repositories', repositoriesShape, ({ repositories }) => repositories?.length ?? 0);
  for await (const { repositories } of pages)
    for (const { namespace, name } of repositories ?? []) yield requireRepository(`${namespace}/${name}`);
}

/** A push between two pages may show a tag twice. */
export async function* listTags({ api }: Dtr, repository: string): AsyncGenerator<Tag> {
  const path = `repositories/${requireRepository(repository)}/tags`;
  for await (const page of api.pages(path, tagsShape, (page) => page?.length ?? 0))
    for (const { name, digest } of page ?? []) yield { tag: requireTag(name), digest: requireDigest(digest) };
}

/** Of every manifest that the repository has, whether or not a tag names it. */
export async function* listManifests({ api }: Dtr, repository: string): AsyncGenerator<string> {
  const path = `repositories/${requireRepository(repository)}/manifests`;
  for await (const page of api.pages(path, manifestsShape, (page) => page?.length ?? 0))
    for (const { digest } of page ?? []) yield requireDigest(digest);
}

export async function removeTag({ api }: Dtr, repository: string, tag: string): Promise<void> {
  await api.delete(`repositories/${requireRepository(repository)}/tags/${requireTag(tag)}`);
}
