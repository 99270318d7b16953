// The files of the house and what each imports, types included.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

/** `to` is the path of what is imported, from the root. */
export type Import = { file: string; line: string; to: string };

/** Every import of our own files in a folder's files; tests beside them are left out. */
export const importsOf = (folder: string): Import[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => join(folder, file))
    .flatMap((file) => importsIn(file, readFileSync(join(ROOT, file), 'utf8')));

export function importsIn(file: string, text: string): Import[] {
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s(?:[^;]*?from\s+)?'(\.[^']+)'|import\(\s*'(\.[^']+)'/g,
  );
  return [...found].map(([line, from, dynamic]) => ({
    file,
    line: line.trim(),
    to: relative(ROOT, resolve(ROOT, dirname(file), (from ?? dynamic) as string)),
  }));
}

/** E.g. `activities` of `activities/journal/keys.ts`; at depth 1 `journal`. */
export const folderOf = (path: string, depth = 0): string => path.split('/')[depth] as string;
