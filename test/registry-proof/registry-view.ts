// What a registry says it holds, and whether it gives it: its catalogue, its tags, and every byte of every image.

import { request } from 'undici';
import { pullAll, type PullResult, type TagToPull } from '../../lab/content/pull-all.ts';
import { openAgent, RegistryClient, type RegistryAccess } from '../../lab/content/registry-client.ts';

const MORE_THAN_THERE_ARE = 1000;

/** Tags by repository, both in order. */
export async function tagsOf(access: RegistryAccess): Promise<Record<string, string[]>> {
  const dispatcher = openAgent(access.ca);
  const get = async <T>(path: string): Promise<T> => {
    const { statusCode, body } = await request(`https://${access.host}${path}`, { dispatcher });
    if (statusCode !== 200) throw new Error(`${path}: ${statusCode} ${await body.text()}`);
    return (await body.json()) as T;
  };
  try {
    const { repositories } = await get<{ repositories: string[] }>(`/v2/_catalog?n=${MORE_THAN_THERE_ARE}`);
    const found: Record<string, string[]> = {};
    for (const repository of repositories.toSorted()) {
      const { tags } = await get<{ tags: string[] }>(`/v2/${repository}/tags/list?n=${MORE_THAN_THERE_ARE}`);
      found[repository] = tags.toSorted();
    }
    return found;
  } finally {
    await dispatcher.destroy();
  }
}

/** As `tagsOf` would say it. */
export function byRepository(tags: TagToPull[]): Record<string, string[]> {
  const groups = Map.groupBy(tags, ({ repository }) => repository);
  return Object.fromEntries(
    [...groups].map(([repository, some]) => [repository, some.map(({ tag }) => tag).toSorted()]),
  );
}

export async function withClient<T>(
  access: RegistryAccess,
  work: (client: RegistryClient) => Promise<T>,
): Promise<T> {
  const client = new RegistryClient(access);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

export const pullEverything = (access: RegistryAccess, tags: TagToPull[]): Promise<PullResult> =>
  withClient(access, (client) => pullAll(client, tags));
