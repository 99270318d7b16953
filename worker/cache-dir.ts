// Where a worker keeps what it can make again: workflow bundles and compiled code.

import { homedir } from 'node:os';
import path from 'node:path';

export const defaultCacheDir = (env: NodeJS.ProcessEnv): string =>
  env['TRANSSHIP_CACHE'] ?? path.join(env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'transship');
