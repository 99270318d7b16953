// Ports for servers of labs and tests that run at the same time.

import { createServer } from 'node:net';

/** A port of the address that nobody listens on now: `preferred` if that is free. */
export async function freePort(address = '127.0.0.1', preferred = 0): Promise<number> {
  return await bindOnce(address, preferred).catch(() => bindOnce(address, 0));
}

async function bindOnce(address: string, port: number): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, address, () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === 'object' && bound !== null ? bound.port : port));
    });
  });
}
