// The lab's Google Cloud Storage: fake-gcs-server, which keeps its objects in memory. It wants no credentials.

import { startProcess } from '../process.ts';

const READY_PROBE_TIMEOUT_MS = 1000;

export type FakeGcsOptions = {
  port: number;
  buckets: string[];
  /** Program to run; default: the variable FAKE_GCS_PATH, else `fake-gcs-server` on PATH. */
  program?: string;
};

export type FakeGcsServer = { endpoint: string };

const FAKE_GCS_PROCESS = 'fake-gcs';

/** Starts the server unless it runs, and makes the buckets. */
export async function startFakeGcs(dir: string, options: FakeGcsOptions): Promise<FakeGcsServer> {
  const host = `127.0.0.1:${options.port}`;
  const endpoint = `http://${host}`;
  await startProcess(dir, {
    name: FAKE_GCS_PROCESS,
    command: options.program ?? process.env['FAKE_GCS_PATH'] ?? 'fake-gcs-server',
    args: [
      ...['-scheme', 'http', '-host', '127.0.0.1', '-port', String(options.port)],
      // Files would mix up an object `a` with a folder of objects `a/…`.
      ...['-backend', 'memory', '-public-host', host, '-external-url', endpoint, '-log-level', 'warn'],
    ],
    env: { PATH: process.env['PATH'], HOME: dir },
    ready: async () => (await ask(`${endpoint}/storage/v1/b?project=lab`)).ok,
  });
  for (const name of options.buckets) {
    const made = await ask(`${endpoint}/storage/v1/b?project=lab`, JSON.stringify({ name }));
    // 409: it is there already.
    if (!made.ok && made.status !== 409)
      throw new Error(`the bucket ${name} was not made: status ${made.status}`);
  }
  return { endpoint };
}

async function ask(url: string, body?: string): Promise<{ ok: boolean; status: number }> {
  const response = await fetch(url, {
    signal: AbortSignal.timeout(READY_PROBE_TIMEOUT_MS),
    ...(body !== undefined && { method: 'POST', body, headers: { 'content-type': 'application/json' } }),
  });
  await response.body?.cancel();
  return response;
}
