// What was broken before the move, or damaged with a person's consent, is not the fault of the move. Tolerated is exactly what
// was seen, though: the same problem of the same part in the same repository. What could not be read before may not be missing
// afterwards, and a layer that one repository had lost must be served in all others.

import type { JobFolder } from '../../../contracts/registry-activities.ts';
import { fixedContent } from '../../../domain/storage/content-address.ts';
import { damagedInPass as damagedObjectsIn } from '../../copying/work-list.ts';
import { readLines } from '../../journal/lines.ts';
import type { Storage } from '../../storage/storage.ts';
import type { ImageProblem } from './image-problem.ts';

export type IsTolerated = (problem: ImageProblem) => boolean;

/** `problems`: the list of an earlier verification. `damagedInPass`: a pass whose damaged objects were accepted. */
export async function toleratedProblems(
  journal: Storage,
  job: JobFolder,
  { problems, damagedInPass }: { problems: string | null; damagedInPass: number | null },
): Promise<IsTolerated> {
  const seen = new Set<string>();
  if (problems !== null)
    for await (const problem of readLines<ImageProblem>(journal, { kind: 'verification', key: problems }))
      seen.add(nameOf(problem));
  const damaged = new Set<string>();
  if (damagedInPass !== null)
    for await (const { key } of damagedObjectsIn(journal, { job, pass: damagedInPass })) {
      const content = fixedContent(key);
      if (content !== undefined && 'sha256' in content) damaged.add(`sha256:${content.sha256}`);
    }
  return (problem) => seen.has(nameOf(problem)) || damaged.has(problem.digest);
}

const nameOf = ({ repository, problem, digest }: ImageProblem): string =>
  `${repository} ${problem} ${digest}`;
