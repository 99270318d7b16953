// Servers that are started once in a run of tests and shared by its files. A file gets a bucket or container of its own
// there; a test that stops or disturbs its server starts one for itself instead. lab/test-setup.ts makes the folder and
// ends what runs in it.

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../lab/free-port.ts';

const POLL_INTERVAL_MS = 50;

/** The variable that names the folder of the run. */
export const SHARED_FOLDER = 'TRANSSHIP_TEST_SERVERS';

export type SharedServer<Port extends string> = {
  dir: string;
  /** The same for everybody who asks for this server. */
  ports: Record<Port, number>;
  /** A name for a bucket or container that nobody else has. */
  own: string;
};

/** `start` is what the lab starts the server with: it starts what does not run yet, and makes the bucket `own`. */
export async function sharedServer<Port extends string, Server>(
  name: string,
  ports: readonly Port[],
  start: (shared: SharedServer<Port>) => Promise<Server>,
): Promise<{ server: Server; own: string }> {
  const folder = process.env[SHARED_FOLDER];
  if (folder === undefined) throw new Error(`${SHARED_FOLDER} is not set: lab/test-setup.ts sets it`);
  const dir = join(folder, name);
  await mkdir(dir, { recursive: true });
  const own = `images-${randomBytes(4).toString('hex')}`;
  return await oneAtATime(join(folder, `${name}.lock`), async () => {
    const server = await start({ dir, ports: await portsOf(join(dir, 'ports.json'), ports), own });
    return { server, own };
  });
}

async function portsOf<Port extends string>(
  file: string,
  names: readonly Port[],
): Promise<Record<Port, number>> {
  const known = await readFile(file, 'utf8').catch(() => undefined);
  if (known !== undefined) return JSON.parse(known) as Record<Port, number>;
  const ports: Partial<Record<Port, number>> = {};
  for (const name of names) ports[name] = await freePort();
  await writeFile(file, JSON.stringify(ports));
  return ports as Record<Port, number>;
}

/** Among processes: a folder can be made once only. */
async function oneAtATime<T>(lock: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      await mkdir(lock);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      await sleep(POLL_INTERVAL_MS);
    }
  }
  try {
    return await work();
  } finally {
    await rmdir(lock);
  }
}
