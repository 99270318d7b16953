// A test that a page names by file and title: is it there?

import { existsSync, readFileSync } from 'node:fs';

const ROOT = new URL('..', import.meta.url);

/** As the first argument of a call or the first field of a case, in quotes of any kind; null: the file is what is named. */
export function isThere({ file, name }: { file: string; name: string | null }): boolean {
  const url = new URL(file, ROOT);
  if (!existsSync(url)) return false;
  if (name === null) return true;
  const plain = readFileSync(url, 'utf8').replaceAll(/\\(['"`])/g, '$1');
  return new RegExp(`[([]\\s*(['"\`])${RegExp.escape(name)}\\1`).test(plain);
}
