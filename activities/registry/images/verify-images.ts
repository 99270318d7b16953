// Shows that a registry still serves every image of a list of tags, and every manifest that no tag names: all manifests and
// blobs are asked for, and a sample of images is pulled whole. Problems are counted and listed; to judge them is the
// workflow's business.

import type { RegistryActivities, Verification } from '../../../contracts/registry-activities.ts';
import { mapOrdered } from '../../concurrency/ordered-pool.ts';
import { fileOf, untaggedBeside } from '../../journal/keys.ts';
import { readLines, writeLines } from '../../journal/lines.ts';
import type { Storage } from '../../storage/storage.ts';
import type { ControlPlane } from '../control-plane.ts';
import type { ImageRow, TagRow } from '../tags.ts';
import { ImageChecker, type CheckedImage } from './image-checker.ts';
import { type ImageProblem, problemsOf } from './image-problem.ts';
import { type Found, judgeNow } from './judge-now.ts';
import { type Checked, pullSample } from './pull-sample.ts';
import { choosePositions } from './sample.ts';
import { toleratedProblems } from './tolerated-problems.ts';
import { type Checkpoint, resume, type Totals } from './verification-checkpoint.ts';

/** Their requests share the connection pool, which is what bounds the load on the registry. */
const TAGS_AT_ONCE = 24;
/** After so many images the next attempt need not begin before them. */
const IMAGES_TO_CHECKPOINT = 500;
/** Problems beyond these are counted alone. */
const MOST_LISTED = 100_000;

type VerificationRequest = Omit<Parameters<RegistryActivities['verifyImages']>[0], 'registry'>;

export async function verifyImages(
  registry: ControlPlane,
  journal: Storage,
  { job, name, snapshot, sample, from, withinMs, tolerated }: VerificationRequest,
): Promise<Verification> {
  const { meter } = registry;
  const file = fileOf('verification', { job, name });
  const isTolerated = await toleratedProblems(journal, job, tolerated);
  const deadlineMs = withinMs === null ? Number.POSITIVE_INFINITY : Date.now() + withinMs;
  const checker = new ImageChecker(registry);
  const positions = await choosePositions(tagsFrom(journal, snapshot, from), sample);
  const { checkpoint, problems } = await resume(meter.previous, `${name} ${snapshot} ${from}`, journal, file);
  const before = checkpoint.totals;
  const total: Totals = { ...before };
  const pulled = { tags: 0, bytes: 0 };
  const seen = new Set(problems.map(lineOf));
  const chosen: Checked[] = [];
  let largest: Checked | undefined;
  let last: Checkpoint = checkpoint;

  const report = (found: ImageProblem[]): void => {
    for (const problem of found) {
      const line = lineOf(problem);
      if (seen.has(line)) continue;
      if (problems.length < MOST_LISTED) seen.add(line);
      if (isTolerated(problem)) total.known += 1;
      else {
        total.problems += 1;
        if (problems.length < MOST_LISTED) problems.push(problem);
      }
    }
  };
  /** Pushes are refused within a time, so that nothing grows old. */
  const judge = async (found: Found[]): Promise<void> => {
    for (const [repository, some] of Map.groupBy(found, ({ row }) => row.repository))
      if (withinMs === null) report(await judgeNow(registry, checker, repository, some));
      else for (const { row, findings } of some) report(problemsOf(row, findings));
  };
  const parts = { manifests: new Set<string>(), blobs: new Set<string>(), unverified: new Set<string>() };
  const count = (image: CheckedImage): void => {
    for (const digest of image.manifests) parts.manifests.add(digest);
    for (const { digest } of image.blobs) parts.blobs.add(digest);
    for (const digest of image.unverified) parts.unverified.add(digest);
    // What images on both sides of a checkpoint share is counted twice.
    total.manifests = before.manifests + parts.manifests.size;
    total.blobs = before.blobs + parts.blobs.size;
    total.unverified = before.unverified + parts.unverified.size;
  };
  const shown = (): Record<string, unknown> => ({
    checked: total.tags,
    pulled: pulled.tags,
    checkpoint: last,
  });

  let isCutAmongUntagged = false;
  const images = async function* (): AsyncGenerator<{ at: number; row: ImageRow }> {
    let at = 0;
    for await (const row of imagesFrom(journal, snapshot, from)) {
      if (Date.now() > deadlineMs) {
        isCutAmongUntagged = row.tag === null;
        return;
      }
      // Of what an earlier attempt has checked, only what is to be pulled is looked at again.
      if (at >= checkpoint.images || positions.has(at) || at === checkpoint.largest?.at) yield { at, row };
      at += 1;
    }
  };
  const check = async ({ at, row }: { at: number; row: ImageRow }): Promise<Checked> => ({
    at,
    row,
    image: await checker.check(row),
  });

  let found: Found[] = [];
  for await (const checked of mapOrdered(images(), TAGS_AT_ONCE, check)) {
    const { at, row, image } = checked;
    if (row.tag !== null && positions.has(at)) chosen.push(checked);
    if (image.bytes > (largest?.image.bytes ?? 0)) largest = checked;
    if (at < checkpoint.images) continue;
    if (row.tag !== null) total.tags += 1;
    count(image);
    // Those of an index were told with it.
    if (image.findings.length > 0 && !(row.tag === null && checker.hasCheckedAsChild(row)))
      found.push({ row, findings: image.findings });
    if ((at + 1 - checkpoint.images) % IMAGES_TO_CHECKPOINT === 0) {
      await judge(found);
      found = [];
      if (problems.length > last.listed) await writeLines(journal, file, problems);
      last = {
        ...last,
        images: at + 1,
        listed: problems.length,
        totals: { ...total },
        largest: largest === undefined ? null : { at: largest.at, bytes: largest.image.bytes },
      };
    }
    meter.moved(shown());
  }
  await judge(found);

  found = [];
  for await (const { row, findings, bytes } of pullSample(registry, chosen, largest, deadlineMs)) {
    pulled.tags += 1;
    pulled.bytes += bytes;
    if (findings.length > 0) found.push({ row, findings });
    meter.moved(shown());
  }
  await judge(found);
  await writeLines(journal, file, problems);
  return {
    ...total,
    // The last tag again while manifests without one are left, so that they are not forgotten.
    checkedTo: from + total.tags - (isCutAmongUntagged && total.tags > 0 ? 1 : 0),
    pulledTags: pulled.tags,
    pulledBytes: pulled.bytes,
    key: file.key,
  };
}

const lineOf = ({ repository, tag, problem, digest }: ImageProblem): string =>
  `${repository}:${tag} ${problem} ${digest}`;

async function* tagsFrom(journal: Storage, snapshot: string, from: number): AsyncGenerator<TagRow> {
  let position = 0;
  for await (const row of readLines<TagRow>(journal, { kind: 'tags', key: snapshot }))
    if (position++ >= from) yield row;
}

async function* imagesFrom(journal: Storage, snapshot: string, from: number): AsyncGenerator<ImageRow> {
  yield* tagsFrom(journal, snapshot, from);
  yield* readLines<ImageRow>(journal, untaggedBeside(snapshot));
}
