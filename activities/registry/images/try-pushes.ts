// Whether pushes are refused or accepted, asked of every replica by pushing. A setting that was accepted proves nothing,
// and neither does one replica: only a push that is refused, or accepted, by each of them does.

import type { ReplicaAnswer } from '../../../contracts/registry-activities.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import { CANARY_MEDIA_TYPE, CANARY_TAG_PREFIX, makeCanaryImage } from './canary-image.ts';
import { Tries } from '../../concurrency/patience.ts';
import type { HttpAnswer } from '../../http/http-connection.ts';
import { refusal } from '../../http/refusal.ts';
import type { ControlPlane, Replica } from '../control-plane.ts';
import { removeOwnTags } from '../tags.ts';
import { CREATED, pushImage } from './push-image.ts';
import type { RegistryV2Client } from './registry-v2-client.ts';

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

/**
 * Only what a replica says of read-only mode is waited for. One that is silent or ill is told of and not waited for, since it
 * may be dead for good; and where the push is refused for another reason, waiting changes nothing. `RegistryUnhealthy` if
 * any is still read-only, or if all are silent.
 */
export async function proveWritable(registry: ControlPlane): Promise<ReplicaAnswer[]> {
  await removeLeftovers(registry);
  const answers: ReplicaAnswer[] = [];
  for (const replica of await registry.members()) answers.push(await pushTo(registry, replica));
  const readOnly = answers.filter(({ status }) => status === registry.readOnlyStatus);
  if (readOnly.length > 0)
    throw new TransshipError(
      'RegistryUnhealthy',
      `A push was refused by ${readOnly.map(({ replica }) => replica).join(', ')}: still read-only.`,
    );
  if (answers.every(isSilent))
    throw new TransshipError(
      'RegistryUnhealthy',
      `No replica of ${registry.name} takes a push: ${answers[0]?.problem ?? 'none is in the cluster'}`,
    );
  return answers;
}

const isSilent = ({ status }: ReplicaAnswer): boolean => status === 0 || status >= 500;

/** Tried again where a moment may be what is wrong. */
async function pushTo(registry: ControlPlane, { id, images }: Replica): Promise<ReplicaAnswer> {
  const { meter, canaryRepository: repository } = registry;
  const tries = new Tries(meter.patience.image);
  for (;;) {
    try {
      const { status } = await pushCanary(registry, images);
      if (status !== registry.readOnlyStatus || tries.isLast) return { replica: id, status };
    } catch (error) {
      if (!(error instanceof TransshipError)) throw error;
      const status = typeof error.details['status'] === 'number' ? error.details['status'] : 0;
      if (!isUnhealthy(error) || tries.isLast) return { replica: id, status, problem: error.message };
    }
    await tries.next(meter.signal);
    meter.moved({ waitingFor: `replica ${id} to take a push to ${repository}` });
  }
}

/** Every part of a push, and the removal of what was pushed. An answer of read-only mode is no error. */
async function pushCanary(registry: ControlPlane, images: RegistryV2Client): Promise<HttpAnswer> {
  const image = makeCanaryImage();
  const repository = registry.canaryRepository;
  const answer = await pushImage(images, repository, image);
  if (answer.status === registry.readOnlyStatus) return answer;
  if (answer.status !== CREATED) throw refusal(answer, `push to ${repository} at ${images.url}`);
  await registry.removeTag(repository, image.tag);
  return answer;
}

/** Tags of an attempt that was killed between its push and its removal. What cannot be removed is in nobody's way. */
async function removeLeftovers(registry: ControlPlane): Promise<void> {
  try {
    await removeOwnTags(registry, CANARY_TAG_PREFIX);
  } catch (error) {
    if (!(error instanceof TransshipError)) throw error;
  }
}

const isUnhealthy = (error: unknown): boolean =>
  error instanceof TransshipError && error.type === 'RegistryUnhealthy';
