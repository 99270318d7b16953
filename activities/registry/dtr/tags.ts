// What DTR's API lists: repositories over all namespaces, and the tags of one.

import type { Tag } from '../control-plane.ts';
import type { Dtr } from './dtr.ts';
import { repositoriesShape, tagsShape } from './dtr-shapes.ts';

export async function* listRepositories({ api }: Dtr): AsyncGenerator<string> {
  for await (const { repositories } of api.pages('repositories', repositoriesShape))
    for (const { namespace, name } of repositories ?? []) yield `${namespace}/${name}`;
}

/** A push between two pages may show a tag twice. */
export async function* listTags({ api }: Dtr, repository: string): AsyncGenerator<Tag> {
  for await (const page of api.pages(`repositories/${repository}/tags`, tagsShape))
    for (const { name, digest } of page ?? []) yield { tag: name, digest };
}
