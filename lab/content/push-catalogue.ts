// Fills the registry with the lab's content. Pushing what is there already only asks for it.

import type { Progress } from '../progress.ts';
import type { ContentTag } from './catalogue.ts';
import type { LabApi } from './lab-api.ts';
import { inParallel } from './in-parallel.ts';
import { type KnownBlobs, pushImage } from './push-image.ts';
import type { RegistryClient } from './registry-client.ts';

const REPOSITORIES_AT_ONCE = 6;

export async function pushCatalogue(
  client: RegistryClient,
  api: LabApi,
  catalogue: ContentTag[],
  progress: Progress,
): Promise<void> {
  const byRepository = Map.groupBy(catalogue, (entry) => entry.repository);
  const known: KnownBlobs = new Map();
  let pushed = 0;
  // The tags of one repository one after the other, because they share nearly everything.
  await inParallel([...byRepository], REPOSITORIES_AT_ONCE, async ([repository, tags]) => {
    await api.createRepository(repository);
    for (const { tag, image } of tags) {
      await pushImage(client, repository, tag, image, known);
      progress.bar('Pushing images', ++pushed, catalogue.length, 'tags');
    }
  });
}
