// A part of an image that is not served as it should be, as verifications list it in the journal.

import { type ImageRow, UNTAGGED } from '../tags.ts';
import type { Finding } from './image-checker.ts';

export type ImageProblem = { repository: string; tag: string } & Finding;

export const problemsOf = ({ repository, tag }: ImageRow, findings: Finding[]): ImageProblem[] =>
  findings.map((finding) => ({ repository, tag: tag ?? UNTAGGED, ...finding }));
