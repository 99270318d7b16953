// A TCP proxy that holds every chunk back for some milliseconds, as a distance does: `node latency-proxy-main.ts PORT
// TARGET_PORT MILLISECONDS`. A process of its own, so that its work is not the measured program's.

import { connect, createServer, type Socket } from 'node:net';

const [port = 0, target = 0, delayMs = 0] = process.argv.slice(2).map(Number);

createServer({ allowHalfOpen: true }, (client) => {
  const server = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
  client.setNoDelay(true);
  server.setNoDelay(true);
  forward(client, server);
  forward(server, client);
}).listen(port, '127.0.0.1');

function forward(from: Socket, to: Socket): void {
  from.on('data', (chunk: Buffer) => setTimeout(() => to.write(chunk), delayMs));
  from.on('end', () => setTimeout(() => to.end(), delayMs));
  from.on('error', () => to.destroy());
  from.on('close', () => setTimeout(() => to.destroy(), delayMs));
}
