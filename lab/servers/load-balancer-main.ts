// The process of the lab's load balancer: forwards TCP connections, TLS untouched, to the replicas that are well
// by their health path, in turn, as DTR's documentation wants it (dtr-msr.md §3.8). No idle timeout, no buffering.
//
//   node load-balancer-main.ts LISTEN CA-FILE HEALTH-PATH REPLICA...      (each `address:port`)

import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import { connect, createServer, type Socket } from 'node:net';

const CHECK_INTERVAL_MS = 500;
const CHECK_TIMEOUT_MS = 2000;

type Place = { host: string; port: number };

const [listen, caFile, healthPath, ...replicas] = process.argv.slice(2);
if (listen === undefined || caFile === undefined || healthPath === undefined || replicas.length === 0) {
  throw new Error('usage: load-balancer-main.ts LISTEN CA-FILE HEALTH-PATH REPLICA...');
}
const ca = readFileSync(caFile);
const places = replicas.map(placeOf);
const healthy = new Set<Place>();
let turn = 0;

for (const place of places) void check(place);

createServer({ allowHalfOpen: true }, (client) => forward(client, candidates())).listen(placeOf(listen));

/** Asks a replica for its health for ever, a pause after each answer. */
async function check(place: Place): Promise<never> {
  for (;;) {
    if (await isHealthy(place)) healthy.add(place);
    else healthy.delete(place);
    await new Promise((resolve) => setTimeout(resolve, CHECK_INTERVAL_MS));
  }
}

async function isHealthy(place: Place): Promise<boolean> {
  return await new Promise((resolve) => {
    const request = get(
      { ...place, path: healthPath, ca, agent: false, timeout: CHECK_TIMEOUT_MS },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200 || answer.statusCode === 401);
      },
    );
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
    request.once('close', () => resolve(false));
  });
}

/** The healthy replicas, the next in turn first. */
function candidates(): Place[] {
  const all = places.filter((place) => healthy.has(place));
  const first = turn++ % Math.max(1, all.length);
  return [...all.slice(first), ...all.slice(0, first)];
}

/** Connects to the first replica that accepts; a client finds the connection closed where there is none. */
function forward(client: Socket, [place, ...others]: Place[]): void {
  if (place === undefined || client.destroyed) {
    client.destroy();
    return;
  }
  const server = connect({ ...place, allowHalfOpen: true, noDelay: true });
  const failed = (): void => {
    healthy.delete(place);
    forward(client, others);
  };
  server.once('error', failed);
  server.once('connect', () => {
    server.off('error', failed);
    server.on('error', () => client.destroy());
    client.on('error', () => server.destroy());
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
    client.setNoDelay(true);
    client.pipe(server).pipe(client);
  });
}

function placeOf(text: string): Place {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
}
