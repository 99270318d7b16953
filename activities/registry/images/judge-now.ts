// While a registry is in use, a list of its images grows old: what was found wrong with one is judged by what the image is
// now. A tag that was moved since is asked for as it is, and one that was deleted is not missing.

import type { ControlPlane } from '../control-plane.ts';
import { type ImageRow, manifestsNow, tagsNow } from '../tags.ts';
import type { Finding, ImageChecker } from './image-checker.ts';
import { type ImageProblem, problemsOf } from './image-problem.ts';

export type Found = { row: ImageRow; findings: Finding[] };

/** Of images of one repository: what is still wrong. The registry is asked after everything was found. */
export async function judgeNow(
  registry: ControlPlane,
  checker: ImageChecker,
  repository: string,
  all: Found[],
): Promise<ImageProblem[]> {
  const tags = await tagsNow(registry, repository);
  const manifests = all.some(({ row }) => row.tag === null)
    ? await manifestsNow(registry, repository)
    : new Set<string>();
  const problems: ImageProblem[] = [];
  for (const { row, findings } of all) {
    const now = row.tag === null ? heldIn(manifests, row.digest) : tags.get(row.tag);
    if (now === row.digest) problems.push(...problemsOf(row, findings));
    else if (now !== undefined) {
      const moved = { ...row, digest: now };
      problems.push(...problemsOf(moved, (await checker.checkAnew(moved)).findings));
    }
  }
  return problems;
}

const heldIn = (manifests: Set<string>, digest: string): string | undefined =>
  manifests.has(digest) ? digest : undefined;
