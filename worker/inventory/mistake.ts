// One mistake of an inventory file: where it stands and what is wrong. It never shows a value that could be a secret.

import type { z } from 'zod';

export type Path = readonly (string | number)[];

export type Mistake = {
  path: Path;
  problem: string;
  /** Point at the key instead of the value: it is the key that is wrong. */
  atKey?: boolean;
};

export type LocatedMistake = { line: number; column: number; path: string; problem: string };

export const formatMistake = ({ line, column, path, problem }: LocatedMistake): string =>
  `${line}:${column} ${path === '' ? problem : `${path}: ${problem}`}`;

/** What zod found, in our words; one mistake for each unknown key. */
export function mistakesOfIssues(issues: z.core.$ZodIssue[]): Mistake[] {
  return issues.flatMap((issue): Mistake[] => {
    const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key) => ({ path: [...path, key], problem: 'unknown key', atKey: true }));
      case 'invalid_key':
        return [{ path, problem: issue.issues[0]?.message ?? 'bad name', atKey: true }];
      case 'invalid_type':
        return [{ path, problem: typeProblem(issue.expected, issue.message) }];
      case 'invalid_value':
        return [{ path, problem: `must be ${issue.values.join(' or ')}` }];
      default:
        return [{ path, problem: issue.message }];
    }
  });
}

function typeProblem(expected: string, message: string): string {
  if (message.endsWith('received undefined')) return 'is missing';
  const article = /^[aeiou]/.test(expected) ? 'an' : 'a';
  const names: Record<string, string> = {
    object: 'mapping',
    record: 'mapping',
    array: 'list',
    int: 'whole number',
  };
  const name = names[expected];
  return name ? `must be a ${name}` : `must be ${article} ${expected}`;
}
