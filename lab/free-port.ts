// Ports for servers of labs and tests that run at the same time. They lie below those that the kernel gives to outgoing
// connections: until the server starts, any client on the machine might get one of those.

import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const LOWEST = 10_240;
/** The kernel's own begin at 32768 (net.ipv4.ip_local_port_range). */
const HIGHEST = 32_767;
const TRIES = 100;

/** A port of the address that nobody listens on now: `preferred` if that is free. */
export async function freePort(address = '127.0.0.1', preferred = 0): Promise<number> {
  if (preferred !== 0 && (await isFree(address, preferred))) return preferred;
  for (let tried = 0; tried < TRIES; tried += 1) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await isFree(address, port)) return port;
  }
  throw new Error(`no port of ${address} is free`);
}

async function isFree(address: string, port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, address, () => server.close(() => resolve(true)));
  });
}
