// What a preflight says, in the words that people read: what stops, and all else.

import type { Finding } from '../../contracts/finding.ts';
import { findingText, isStopping } from '../../domain/finding.ts';

export const said = (findings: readonly Finding[] = []): { stops: string[]; others: string[] } => ({
  stops: findings.filter(isStopping).map(findingText),
  others: findings.filter((finding) => !isStopping(finding)).map(findingText),
});
