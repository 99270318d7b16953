// Read-only mode: set, waited for on every replica, and proved. A setting that was accepted proves nothing (the answer
// is 202, dtr-msr.md §3.5), and neither does one replica: only a push that is refused by each of them does.

import { TransshipError } from '../../domain/transship-error.ts';
import { CANARY_MEDIA_TYPE, CANARY_TAG_PREFIX, makeCanaryImage } from './images/canary-image.ts';
import { clusterReplicas, clusterStatus, membersOf } from './dtr/cluster.ts';
import { tagsShape } from './dtr/dtr-shapes.ts';
import type { HttpAnswer } from '../http/http-connection.ts';
import type { Registry, Replica } from './open-registry.ts';
import { refusal } from '../http/refusal.ts';
import { waitUntil } from '../concurrency/wait-until.ts';

/** What a registry in read-only mode answers to anything that writes (dtr-msr.md §4). */
const METHOD_NOT_ALLOWED = 405;

type Proofs = { replica: string; status: number }[];

export async function setReadOnly({ api, progress }: Registry, readOnly: boolean): Promise<void> {
  await api.post('meta/settings', { readOnlyRegistry: readOnly });
  await waitUntil(progress, async () => {
    const status = await clusterStatus(api);
    const replicas = clusterReplicas(status);
    if (replicas.length === 0) return 'the cluster to list its replicas';
    const late = replicas.filter((id) => status.replica_readonly?.[id] !== readOnly);
    return late.length === 0
      ? undefined
      : `${late.join(', ')} to report ${readOnly ? 'read-only' : 'read-write'}`;
  });
}

/**
 * Both writes that make an image, on every replica of the inventory. One that has left the cluster may be silent, but
 * if it answers it must refuse too.
 */
export async function proveReadOnly(registry: Registry): Promise<Proofs> {
  const members = await membersOf(registry);
  const proofs: Proofs = [];
  const accepting: string[] = [];
  for (const replica of registry.replicas) {
    const statuses = await tryToPush(registry, replica).catch((error: unknown) => {
      if (members.includes(replica) || !isUnhealthy(error)) throw error;
      return [];
    });
    const accepted = statuses.find((status) => status !== METHOD_NOT_ALLOWED);
    if (accepted !== undefined) accepting.push(`${replica.id} (${accepted})`);
    if (statuses.length > 0) proofs.push({ replica: replica.id, status: accepted ?? METHOD_NOT_ALLOWED });
  }
  if (accepting.length > 0)
    throw new TransshipError(
      'ReadOnlyNotEnforced',
      `A push was not refused with ${METHOD_NOT_ALLOWED} by ${accepting.join(', ')}.`,
      { replicas: accepting },
    );
  if (proofs.length === 0)
    throw new TransshipError('RegistryUnhealthy', `No replica of ${registry.name} answers.`);
  return proofs;
}

/** The statuses of an upload's start and of a manifest's PUT. What was accepted is undone. */
async function tryToPush({ api, entry }: Registry, { images }: Replica): Promise<number[]> {
  const repository = entry.canaryRepository;
  const upload = await images.startUpload(repository);
  if (upload.status === 202) await images.cancelUpload(repository, upload.headers['location'] ?? '');
  refuseUnlessJudged(upload, `an upload to ${repository} at ${images.url}`);

  const image = makeCanaryImage();
  const manifest = await images.putManifest(repository, image.tag, CANARY_MEDIA_TYPE, image.manifest);
  if (manifest.status < 300) await api.delete(`repositories/${repository}/tags/${image.tag}`);
  refuseUnlessJudged(manifest, `a manifest in ${repository} at ${images.url}`);
  return [upload.status, manifest.status];
}

/** Wrong credentials and a failing server say nothing about read-only mode. */
function refuseUnlessJudged(answer: HttpAnswer, what: string): void {
  if (answer.status === 401 || answer.status === 403 || answer.status >= 500) throw refusal(answer, what);
}

export async function proveWritable(registry: Registry): Promise<Proofs> {
  await removeLeftovers(registry);
  const proofs: Proofs = [];
  for (const replica of await membersOf(registry)) {
    const image = makeCanaryImage();
    const repository = registry.entry.canaryRepository;
    const what = `push to ${repository} at ${replica.url}`;
    for (const { digest, bytes } of image.blobs)
      expectCreated(await replica.images.pushBlob(repository, digest, bytes), what);
    const answer = await replica.images.putManifest(repository, image.tag, CANARY_MEDIA_TYPE, image.manifest);
    expectCreated(answer, what);
    await registry.api.delete(`repositories/${repository}/tags/${image.tag}`);
    proofs.push({ replica: replica.id, status: answer.status });
  }
  return proofs;
}

/** Read-only mode ends on a replica a moment after it says so, hence a 405 is worth another try. */
function expectCreated(answer: HttpAnswer, what: string): void {
  if (answer.status === METHOD_NOT_ALLOWED)
    throw new TransshipError('RegistryUnhealthy', `${what} was refused: it is still read-only.`);
  if (answer.status !== 201) throw refusal(answer, what);
}

/** Tags of an attempt that was killed between its push and its removal. */
async function removeLeftovers({ api, entry }: Registry): Promise<void> {
  const path = `repositories/${entry.canaryRepository}/tags`;
  const leftovers: string[] = [];
  for await (const page of api.pages(path, tagsShape))
    for (const { name } of page ?? []) if (name.startsWith(CANARY_TAG_PREFIX)) leftovers.push(name);
  for (const name of leftovers) await api.delete(`${path}/${name}`);
}

const isUnhealthy = (error: unknown): boolean =>
  error instanceof TransshipError && error.type === 'RegistryUnhealthy';
