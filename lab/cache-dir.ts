// Where the lab keeps what it builds or makes outside the checkout. The folder is the user's own cache, so that a
// fresh clone on a machine that has had a lab before starts within seconds.

import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  const own = env['TRANSSHIP_CACHE'];
  if (own !== undefined && own !== '') return resolve(own);
  const xdg = env['XDG_CACHE_HOME'];
  return join(xdg === undefined || xdg === '' ? join(homedir(), '.cache') : resolve(xdg), 'transship');
}

/** The lab's folder when none is named. Short, because Unix sockets below it may have 107 bytes. */
export function defaultLabDir(env: NodeJS.ProcessEnv = process.env): string {
  const own = env['TRANSSHIP_LAB'];
  return own !== undefined && own !== '' ? resolve(own) : join(cacheDir(env), 'lab');
}
