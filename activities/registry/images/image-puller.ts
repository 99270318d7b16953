// Pulls an image whole, as a Docker client would, and hashes every byte of it. This finds what a first byte cannot: a storage
// that serves other bytes than it was given.

import type { ImageRow } from '../tags.ts';
import type { ControlPlane, Replica } from '../control-plane.ts';
import type { CheckedImage, Finding } from './image-checker.ts';
import { hashFor, matchesDigest } from './manifest-digest.ts';
import { retryRead, UNREADABLE } from './retry-read.ts';

export type PulledImage = { findings: Finding[]; bytes: number };

/** Through one replica: each must serve what the storage holds. Foreign layers are left out. */
export async function pullImage(
  registry: ControlPlane,
  { images }: Pick<Replica, 'images'>,
  { repository, tag, digest }: ImageRow,
  { manifests, blobs }: CheckedImage,
): Promise<PulledImage> {
  const findings: Finding[] = [];
  let bytes = 0;
  const report = (problem: string, of: string): void => {
    findings.push({ problem, digest: of });
  };

  // By its tag once: that is how people pull.
  for (const reference of [...(tag === null ? [] : [tag]), ...manifests]) {
    const expected = reference === tag ? digest : reference;
    const manifest = await retryRead(registry, async () => {
      return await images.getManifest(repository, reference);
    });
    if (manifest === undefined) report('manifest-missing', expected);
    else if (manifest === UNREADABLE) report('manifest-unreadable', expected);
    else if (!matchesDigest(manifest.bytes, expected)) report('manifest-differs', expected);
    else bytes += manifest.bytes.length;
  }

  for (const blob of blobs) {
    let read = 0;
    const found = await retryRead(registry, async () => {
      const hash = hashFor(blob.digest);
      read = 0;
      const served = await images.pullBlob(repository, blob, (chunk) => {
        hash?.update(chunk);
        read += chunk.length;
      });
      return served ? hash?.digest('hex') : 'missing';
    });
    if (found === UNREADABLE) report('blob-unreadable', blob.digest);
    else if (found === 'missing') report('blob-missing', blob.digest);
    else if (found !== blob.digest.split(':')[1])
      report('blob-differs: other bytes than its digest names', blob.digest);
    bytes += read;
  }
  return { findings, bytes };
}
