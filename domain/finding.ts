// What a preflight finds, made and put into words.

import type { Finding, Severity } from '../contracts/finding.ts';

const of =
  (severity: Severity) =>
  (reason: string, remedy: string): Finding => ({ severity, reason, remedy });

/** Nothing is begun while it is so. */
export const stops = of('stops');
/** People decide whether it may stay so. */
export const warns = of('warns');
/** Worth knowing; nothing is wrong. */
export const notes = of('notes');

export const isStopping = ({ severity }: Finding): boolean => severity === 'stops';

export const findingText = ({ reason, remedy }: Finding): string => `${reason} ${remedy}`;

const ORDER: readonly Severity[] = ['stops', 'warns', 'notes'];

/** The worst first; else as they were found. */
export const worstFirst = (findings: readonly Finding[]): Finding[] =>
  [...findings].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
