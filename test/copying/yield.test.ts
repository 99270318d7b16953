// A copy gives way to the users of the registry: when a real server answers slowly nothing new is begun, and when it is
// fast again the copy goes on.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Environment } from '../../activities/environment.ts';
import type { Meter } from '../../activities/concurrency/heartbeat.ts';
import { createPaces } from '../../activities/copying/pace/paces.ts';
import { openProber } from '../../activities/registry/open-prober.ts';
import type { CopyingPolicy } from '../../contracts/inventory.ts';
import { IMPATIENT } from '../support/impatient.ts';

let server: Server;
let answersAfterMs = 0;
let asked: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    setTimeout(() => response.end('{}'), answersAfterMs);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const until = async (what: string, holds: () => boolean): Promise<void> => {
  const lastMs = Date.now() + 60_000;
  while (!holds()) {
    if (Date.now() > lastMs) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
};

const copying: CopyingPolicy = {
  concurrency: { min: 1, max: 4 },
  bandwidth: null,
  timetable: [],
  timezone: 'UTC',
  yieldAtSlowdown: 3,
};

const paces = () => {
  const environment = {
    patience: IMPATIENT,
    inventory: {
      storages: {},
      registries: {
        prod: {
          kind: 'dtr',
          url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
          username: 'admin',
          password: { env: 'PASSWORD' },
          replicas: [],
        },
      },
    },
  } as unknown as Environment;
  return createPaces(copying, (registry) => openProber(environment, registry));
};

const meter: Meter = {
  signal: new AbortController().signal,
  patience: IMPATIENT,
  moved: () => undefined,
  patiently: (waited) => waited,
};

test('a copy pauses while the registry is slow and goes on when it is not', async () => {
  asked = [];
  await paces().during({ source: 'a', destination: 'b', yieldTo: 'prod' }, meter, async (pace) => {
    expect(asked).toEqual(['GET /_ping']);
    let objects = 0;
    let copying = true;
    const copy = async (): Promise<void> => {
      while (copying) {
        await pace.inTurn(
          () =>
            new Promise<void>((resolve) => {
              objects += 1;
              setTimeout(resolve, 10);
            }),
          meter.signal,
        );
      }
    };
    const lanes = [copy(), copy(), copy(), copy()];
    await until('objects are copied', () => objects > 20);
    answersAfterMs = 300;
    let [atLastLook, quietLooks] = [0, 0];
    await until('nothing is begun for a second', () => {
      quietLooks = objects === atLastLook ? quietLooks + 1 : 0;
      atLastLook = objects;
      return quietLooks >= 20;
    });
    answersAfterMs = 0;
    await until('the copy goes on', () => objects > atLastLook + 20);
    copying = false;
    await Promise.all(lanes);
  });
});

test('a copy while nobody uses the registry asks it nothing', async () => {
  asked = [];
  await paces().during({ source: 'a', destination: 'b', yieldTo: null }, meter, (pace) =>
    pace.inTurn(() => Promise.resolve(), meter.signal),
  );
  expect(asked).toEqual([]);
});
