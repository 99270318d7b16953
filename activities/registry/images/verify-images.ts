// Shows that a registry still serves every image of a list of tags: all manifests and blobs are asked for, and a sample
// of images is pulled whole. Problems are counted and listed; to judge them is the workflow's business.

import type { JobFolder, RegistryActivities, Verification } from '../../../contracts/registry-activities.ts';
import { fixedContent } from '../../../domain/storage/content-address.ts';
import type { Storage } from '../../storage/storage.ts';
import { ImageChecker, type CheckedImage, type ImageProblem } from './image-checker.ts';
import { pullImage, type PulledImage } from './image-puller.ts';
import { damagedInPass as damagedObjectsIn } from '../../copying/work-list.ts';
import { fileOf } from '../../journal/keys.ts';
import { readLines, writeLines } from '../../journal/lines.ts';
import type { ControlPlane } from '../control-plane.ts';
import { mapOrdered } from '../../concurrency/ordered-pool.ts';
import { choosePositions } from './sample.ts';
import type { TagRow } from '../tags.ts';

/** Their requests share the connection pool, which is what bounds the load on the registry. */
const TAGS_AT_ONCE = 24;
const PULLS_AT_ONCE = 4;
/** A check with an end in time does not begin to pull what may outlast it. */
const HASTY_PULL_LIMIT_BYTES = 256 * 1024 * 1024;

type VerificationRequest = Omit<Parameters<RegistryActivities['verifyImages']>[0], 'registry'>;
type Checked = { row: TagRow; image: CheckedImage };

export async function verifyImages(
  registry: ControlPlane,
  journal: Storage,
  { job, name, snapshot, sample, from, withinMs, tolerated }: VerificationRequest,
): Promise<Verification> {
  const file = fileOf('verification', { job, name });
  const brokenBefore = await toleratedDigests(journal, job, tolerated);
  const deadlineMs = withinMs === null ? Number.POSITIVE_INFINITY : Date.now() + withinMs;
  const checker = new ImageChecker(registry);
  const chosen: Checked[] = [];
  let largest: Checked | undefined;
  const rowsFromThere = async function* (): AsyncGenerator<TagRow> {
    let position = 0;
    for await (const row of readLines<TagRow>(journal, { kind: 'tags', key: snapshot }))
      if (position++ >= from) yield row;
  };
  const rows = async function* (): AsyncGenerator<TagRow> {
    for await (const row of rowsFromThere()) {
      if (Date.now() > deadlineMs) return;
      yield row;
    }
  };
  const positions = await choosePositions(rowsFromThere(), sample);
  const total = { tags: 0, problems: 0, known: 0, pulledTags: 0, pulledBytes: 0 };

  const check = async (row: TagRow): Promise<Checked> => ({ row, image: await checker.check(row) });
  const checkAll = async function* (): AsyncGenerator<ImageProblem> {
    for await (const checked of mapOrdered(rows(), TAGS_AT_ONCE, check)) {
      if (positions.has(total.tags)) chosen.push(checked);
      if (checked.image.bytes > (largest?.image.bytes ?? 0)) largest = checked;
      total.tags += 1;
      registry.meter.moved({ checked: total.tags });
      const { repository, tag } = checked.row;
      for (const finding of checked.image.findings) yield { repository, tag, ...finding };
    }
  };

  const pullSample = async function* (): AsyncGenerator<ImageProblem> {
    if (chosen.length > 0 && largest !== undefined && !chosen.includes(largest))
      chosen[chosen.length >> 1] = largest;
    const replicas = await registry.members();
    const pull = async ([index, { row, image }]: [number, Checked]): Promise<PulledImage> =>
      await pullImage(registry, replicas[index % replicas.length] ?? registry, row, image);
    // Small ones first, so that a check with an end in time has pulled as many as it could.
    chosen.sort((a, b) => a.image.bytes - b.image.bytes);
    const inTime = function* (): Generator<[number, Checked]> {
      for (const [index, checked] of chosen.entries()) {
        if (Date.now() > deadlineMs) return;
        if (withinMs === null || checked.image.bytes <= HASTY_PULL_LIMIT_BYTES) yield [index, checked];
      }
    };
    for await (const { problems, bytes } of mapOrdered(inTime(), PULLS_AT_ONCE, pull)) {
      total.pulledTags += 1;
      total.pulledBytes += bytes;
      registry.meter.moved({ checked: total.tags, pulled: total.pulledTags });
      yield* problems;
    }
  };

  const problems = async function* (): AsyncGenerator<ImageProblem> {
    const seen = new Set<string>();
    for (const part of [checkAll, pullSample])
      for await (const problem of part()) {
        const line = `${problem.repository}:${problem.tag} ${problem.problem} ${problem.digest}`;
        if (seen.has(line)) continue;
        seen.add(line);
        if (brokenBefore.has(problem.digest)) {
          total.known += 1;
          continue;
        }
        total.problems += 1;
        yield problem;
      }
  };

  await writeLines(journal, file, problems());
  return { ...total, checkedTo: from + total.tags, ...checker.counts, key: file.key };
}

/** Digests of manifests and blobs that were missing or damaged before the move. */
async function toleratedDigests(
  journal: Storage,
  job: JobFolder,
  { problems, damagedInPass }: VerificationRequest['tolerated'],
): Promise<Set<string>> {
  const digests = new Set<string>();
  if (problems !== null)
    for await (const { digest } of readLines<ImageProblem>(journal, { kind: 'verification', key: problems }))
      digests.add(digest);
  if (damagedInPass !== null)
    for await (const { key } of damagedObjectsIn(journal, { job, pass: damagedInPass })) {
      const content = fixedContent(key);
      if (content !== undefined && 'sha256' in content) digests.add(`sha256:${content.sha256}`);
    }
  return digests;
}
