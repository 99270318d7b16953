// The one way to push an image of ours: its blobs, then its manifest under a tag, through one replica.

import type { HttpAnswer } from '../../http/http-connection.ts';
import { CANARY_MEDIA_TYPE, type CanaryImage } from './canary-image.ts';
import type { RegistryV2Client } from './registry-v2-client.ts';

/** What a registry answers to each write of a push that it takes. */
export const CREATED = 201;

/** The answer to the manifest, or the first one before it that is not `CREATED`; what it means is the caller's business. */
export async function pushImage(
  images: RegistryV2Client,
  repository: string,
  { tag, blobs, manifest }: CanaryImage,
): Promise<HttpAnswer> {
  for (const { digest, bytes } of blobs) {
    const answer = await images.pushBlob(repository, digest, bytes);
    if (answer.status !== CREATED) return answer;
  }
  return await images.putManifest(repository, tag, CANARY_MEDIA_TYPE, manifest);
}
