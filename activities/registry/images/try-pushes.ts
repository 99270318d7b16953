// Whether pushes are refused or accepted, asked of every replica by pushing. A setting that was accepted proves nothing,
// and neither does one replica: only a push that is refused, or accepted, by each of them does.

import type { ReplicaAnswer } from '../../../contracts/registry-activities.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import { CANARY_MEDIA_TYPE, CANARY_TAG_PREFIX, makeCanaryImage } from './canary-image.ts';
import type { HttpAnswer } from '../../http/http-connection.ts';
import { refusal } from '../../http/refusal.ts';
import type { ControlPlane, Replica } from '../control-plane.ts';

/**
 * Both writes that make an image, on every replica of the inventory. One that has left the cluster may be silent, but
 * if it answers it must refuse too.
 */
export async function proveReadOnly(registry: ControlPlane): Promise<ReplicaAnswer[]> {
  const { readOnlyStatus } = registry;
  const members = await registry.members();
  const answers: ReplicaAnswer[] = [];
  const accepting: string[] = [];
  for (const replica of registry.replicas) {
    const statuses = await tryToPush(registry, replica).catch((error: unknown) => {
      if (members.includes(replica) || !isUnhealthy(error)) throw error;
      return [];
    });
    const accepted = statuses.find((status) => status !== readOnlyStatus);
    if (accepted !== undefined) accepting.push(`${replica.id} (${accepted})`);
    if (statuses.length > 0) answers.push({ replica: replica.id, status: accepted ?? readOnlyStatus });
  }
  if (accepting.length > 0)
    throw new TransshipError(
      'ReadOnlyNotEnforced',
      `A push was not refused with ${readOnlyStatus} by ${accepting.join(', ')}.`,
      { replicas: accepting },
    );
  if (answers.length === 0)
    throw new TransshipError('RegistryUnhealthy', `No replica of ${registry.name} answers.`);
  return answers;
}

/** The statuses of an upload's start and of a manifest's PUT. What was accepted is undone. */
async function tryToPush(registry: ControlPlane, { images }: Replica): Promise<number[]> {
  const repository = registry.canaryRepository;
  const upload = await images.startUpload(repository);
  if (upload.status === 202) await images.cancelUpload(repository, upload.headers['location'] ?? '');
  refuseUnlessJudged(upload, `an upload to ${repository} at ${images.url}`);

  const image = makeCanaryImage();
  const manifest = await images.putManifest(repository, image.tag, CANARY_MEDIA_TYPE, image.manifest);
  if (manifest.status < 300) await registry.removeTag(repository, image.tag);
  refuseUnlessJudged(manifest, `a manifest in ${repository} at ${images.url}`);
  return [upload.status, manifest.status];
}

/** Wrong credentials and a failing server say nothing about read-only mode. */
function refuseUnlessJudged(answer: HttpAnswer, what: string): void {
  if (answer.status === 401 || answer.status === 403 || answer.status >= 500) throw refusal(answer, what);
}

export async function proveWritable(registry: ControlPlane): Promise<ReplicaAnswer[]> {
  await removeLeftovers(registry);
  const answers: ReplicaAnswer[] = [];
  for (const replica of await registry.members()) {
    const image = makeCanaryImage();
    const repository = registry.canaryRepository;
    const what = `push to ${repository} at ${replica.url}`;
    for (const { digest, bytes } of image.blobs)
      expectCreated(registry, await replica.images.pushBlob(repository, digest, bytes), what);
    const answer = await replica.images.putManifest(repository, image.tag, CANARY_MEDIA_TYPE, image.manifest);
    expectCreated(registry, answer, what);
    await registry.removeTag(repository, image.tag);
    answers.push({ replica: replica.id, status: answer.status });
  }
  return answers;
}

/** Read-only mode ends on a replica a moment after it says so, hence its refusal is worth another try. */
function expectCreated({ readOnlyStatus }: ControlPlane, answer: HttpAnswer, what: string): void {
  if (answer.status === readOnlyStatus)
    throw new TransshipError('RegistryUnhealthy', `${what} was refused: it is still read-only.`);
  if (answer.status !== 201) throw refusal(answer, what);
}

/** Tags of an attempt that was killed between its push and its removal. */
async function removeLeftovers(registry: ControlPlane): Promise<void> {
  const repository = registry.canaryRepository;
  const leftovers: string[] = [];
  for await (const { tag } of registry.tags(repository))
    if (tag.startsWith(CANARY_TAG_PREFIX)) leftovers.push(tag);
  for (const tag of leftovers) await registry.removeTag(repository, tag);
}

const isUnhealthy = (error: unknown): boolean =>
  error instanceof TransshipError && error.type === 'RegistryUnhealthy';
