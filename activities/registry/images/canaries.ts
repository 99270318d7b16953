// Plants an image of our own through every replica, and asks every replica for it again. What a storage holds and what a
// registry serves is then known by bytes, and not by what a setting says.

import { createHash, randomUUID } from 'node:crypto';
import type { Canary, CanarySide, JobFolder } from '../../../contracts/registry-activities.ts';
import { canaryConfig, canaryTag, PLANTED_TAG_PREFIX } from '../../../domain/registries/canary.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import { refusal } from '../../http/refusal.ts';
import { fileOf } from '../../journal/keys.ts';
import { readRecord, writeRecord } from '../../journal/record.ts';
import type { Storage } from '../../storage/storage.ts';
import type { ControlPlane, Replica } from '../control-plane.ts';
import { removeOwnTags } from '../tags.ts';
import { CANARY_TAG_PREFIX, makeCanaryImage } from './canary-image.ts';
import { CREATED, pushImage } from './push-image.ts';

/** Those of a job stay the same, also when the attempt that planted them was killed. */
export async function plantCanaries(
  registry: ControlPlane,
  journal: Storage,
  { job }: { job: JobFolder },
): Promise<Canary[]> {
  const file = fileOf('canaries', { job });
  const known = await readRecord<Canary[]>(journal, file);
  if (known !== undefined) return known;
  await removeCanaries(registry);
  const planted: Canary[] = [];
  for (const replica of await registry.members()) planted.push(await plant(registry, replica));
  await writeRecord(journal, file, planted);
  return planted;
}

async function plant({ canaryRepository: repository }: ControlPlane, replica: Replica): Promise<Canary> {
  const id = randomUUID();
  const config = Buffer.from(canaryConfig(id, 'pushed'));
  const tag = canaryTag(id);
  const image = { ...makeCanaryImage(config), tag };
  const answer = await pushImage(replica.images, repository, image);
  if (answer.status !== CREATED) throw refusal(answer, `push to ${repository} at ${replica.url}`);
  return {
    replica: replica.id,
    repository,
    tag,
    id,
    digest: image.blobs[0]!.digest,
    size: config.length,
    key: null,
  };
}

/** Also what a try of a push has left that was killed before it could remove it. */
export const removeCanaries = async (registry: ControlPlane): Promise<void> =>
  await removeOwnTags(registry, PLANTED_TAG_PREFIX, CANARY_TAG_PREFIX);

/** Every replica of the registry gives the first canary as that side has it. `WrongStorage` names those that do not. */
export async function proveServed(
  registry: ControlPlane,
  { canaries, side }: { canaries: Canary[]; side: CanarySide },
): Promise<void> {
  const [canary] = canaries;
  if (canary === undefined) return;
  const wrong: string[] = [];
  for (const replica of await registry.members()) {
    const served = await servedBy(replica, canary);
    if (served !== side) wrong.push(`${replica.id} serves ${WORDS[served]}`);
  }
  if (wrong.length > 0)
    throw new TransshipError(
      'WrongStorage',
      `${registry.name}: ${wrong.join('; ')} (the canary ${canary.digest} of ${canary.repository}).`,
      { wrong },
    );
}

type Served = CanarySide | 'other' | 'nothing';

const WORDS: Record<Served, string> = {
  pushed: 'what lies in the storage before the move',
  marked: 'what lies in the storage that it was to move to',
  other: 'other bytes than were ever written',
  nothing: 'nothing where the canary was pushed',
};

async function servedBy({ images }: Replica, { repository, digest, size, id }: Canary): Promise<Served> {
  const hash = createHash('sha256');
  if (!(await images.pullBlob(repository, { digest, size }, (chunk) => hash.update(chunk)))) return 'nothing';
  const served = hash.digest('hex');
  const sides: CanarySide[] = ['pushed', 'marked'];
  return (
    sides.find((side) => served === createHash('sha256').update(canaryConfig(id, side)).digest('hex')) ??
    'other'
  );
}
