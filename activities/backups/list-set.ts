// Tags of a set as the lists in the journal that registries are compared and verified with; and beside them what images lacked
// when the set was made, so that nobody takes it for lost by the restore.

import type { JobFolder } from '../../contracts/registry-activities.ts';
import type { SetToRestore } from '../../contracts/restore.ts';
import type { SetImage } from '../../domain/backup/set.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { fileOf, untaggedBeside } from '../journal/keys.ts';
import { writeLines } from '../journal/lines.ts';
import type { ImageProblem } from '../registry/images/image-problem.ts';
import type { TagRow } from '../registry/tags.ts';
import type { Storage } from '../storage/storage.ts';
import type { SetRepository } from './open-sets.ts';
import { type OpenSet, readSetLines } from './set-reader.ts';

const NAME = 'set';

export async function listSet(
  repository: SetRepository,
  journal: Storage,
  set: OpenSet,
  job: JobFolder,
  meter: Meter,
): Promise<SetToRestore> {
  const images = new Map<string, SetImage>();
  for await (const image of readSetLines(repository, set, 'images.ndjson', meter))
    if (image.lost !== undefined || image.unread !== undefined || image.manifests.length > 0)
      images.set(image.manifest, image);
  const file = fileOf('tags', { job, name: NAME });
  const lacking: ImageProblem[] = [];
  let tags = 0;
  const rows = async function* (): AsyncGenerator<TagRow> {
    for await (const tag of readSetLines(repository, set, 'tags.ndjson', meter)) {
      if (!('digest' in tag)) continue;
      tags += 1;
      for (const problem of problemsOf(images, tag.digest))
        lacking.push({ repository: tag.repository, tag: tag.tag, ...problem });
      yield tag;
    }
  };
  await writeLines(journal, file, rows());
  await writeLines(journal, untaggedBeside(file.key), []);
  const lost = fileOf('verification', { job, name: NAME });
  if (lacking.length > 0) await writeLines(journal, lost, lacking);
  const lostKey = lacking.length > 0 ? lost.key : null;
  return { manifest: set.manifest, tagsKey: file.key, tags, lostKey };
}

/** As a verification would find them, of the image and those that it leads to. */
function* problemsOf(
  images: ReadonlyMap<string, SetImage>,
  digest: string,
): Generator<Pick<ImageProblem, 'problem' | 'digest'>> {
  const image = images.get(digest);
  if (image === undefined) return;
  if (image.unread) yield { problem: 'manifest-unreadable', digest };
  for (const lost of image.lost ?? [])
    yield { problem: lost === digest ? 'manifest-missing' : 'blob-missing', digest: lost };
  for (const child of image.manifests) yield* problemsOf(images, child);
}
