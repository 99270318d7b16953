// Looks for the lab's secrets where none may ever be: in Temporal's histories, in logs, in the journal and in the
// argument lists of every process of the machine, again and again while a migration runs.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';

const SAMPLE_INTERVAL_MS = 50;
/** A process that is older than so many samples is looked at once in as many: it hardly ever becomes another one. */
const YOUNG_SAMPLES = 20;

export type Finding = { secret: string; where: string };

/** Texts by which each secret gives itself away. */
export type Secrets = ReadonlyMap<string, string[]>;

const ADMIN = 'admin';
const PRIVATE_KEYS = ['ssh/client_ed25519', 'certificates/server-key.pem'];
/** Lines of a key file that are given away on their own. A shorter last line could be found by chance. */
const SHORTEST_KEY_LINE = 16;

/** The passwords of the lab in `dir` in all their spellings, and its private keys line by line. */
export async function secretsOf(dir: string): Promise<Secrets> {
  const folder = join(dir, 'secrets');
  const secrets = new Map<string, string[]>();
  for (const name of await readdir(folder)) {
    const text = (await readFile(join(folder, name), 'utf8')).trim();
    secrets.set(name, name.endsWith('.json') ? keyLines(privateKeyOf(text)) : spellings(text));
  }
  for (const file of PRIVATE_KEYS) secrets.set(file, keyLines(await readFile(join(dir, file), 'utf8')));
  return secrets;
}

const keyLines = (pem: string): string[] =>
  pem.split('\n').filter((line) => line.length >= SHORTEST_KEY_LINE && !isSharedLine(line));

/** Of a service account's key file. */
const privateKeyOf = (file: string): string => (JSON.parse(file) as { private_key: string }).private_key;

/** Armour, and the first line of an OpenSSH key: the same in every key without a passphrase. */
const isSharedLine = (line: string): boolean =>
  line.startsWith('-----') || Buffer.from(line, 'base64').toString('latin1').startsWith('openssh-key-v1');

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const spellings = (secret: string): string[] => [
  ...new Set([
    secret,
    encodeURIComponent(secret),
    // Padding depends on what follows; what stands before it does not.
    ...[base64(secret), base64(`${ADMIN}:${secret}`)].map((text) => text.replace(/=+$/, '')),
  ]),
];

export function findSecrets(text: string, where: string, secrets: Secrets): Finding[] {
  return [...secrets]
    .filter(([, spelled]) => spelled.some((spelling) => text.includes(spelling)))
    .map(([secret]) => ({ secret, where }));
}

/** Watches the argument lists of all processes until `stop`, which returns what was found. */
export function watchArguments(secrets: Secrets): {
  stop(): Promise<{ findings: Finding[]; samples: number }>;
} {
  const findings: Finding[] = [];
  let samples = 0;
  let stopped = false;
  const firstSeen = new Map<string, number>();
  const watching = (async () => {
    while (!stopped) {
      const processes = new Set((await readdir('/proc')).filter((name) => /^\d+$/.test(name)));
      // The number may be another process's the next time
      for (const pid of firstSeen.keys()) if (!processes.has(pid)) firstSeen.delete(pid);
      for (const pid of processes) {
        const age = samples - (firstSeen.get(pid) ?? samples);
        firstSeen.set(pid, samples - age);
        if (age >= YOUNG_SAMPLES && age % YOUNG_SAMPLES !== 0) continue;
        const cmdline = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
        findings.push(...findSecrets(cmdline, `arguments of ${cmdline.split('\0')[0]}`, secrets));
      }
      samples += 1;
      await sleep(SAMPLE_INTERVAL_MS);
    }
  })();
  return {
    async stop() {
      stopped = true;
      await watching;
      return { findings, samples };
    },
  };
}

/** Every history of the namespace, parents and children, as the JSON that people would export. */
export async function huntHistories(
  client: Client,
  secrets: Secrets,
): Promise<{ findings: Finding[]; histories: number; bytes: number }> {
  const found = { findings: [] as Finding[], histories: 0, bytes: 0 };
  for await (const { workflowId, runId } of client.workflow.list()) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    // Payloads are bytes: decoded one by one they show what they hold.
    const text = JSON.stringify(history, (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    );
    found.findings.push(...findSecrets(text, `history of ${workflowId}`, secrets));
    found.histories += 1;
    found.bytes += text.length;
  }
  return found;
}

/** Every file below a folder, e.g. logs and the journal. */
export async function huntFiles(
  folder: string,
  secrets: Secrets,
): Promise<{ findings: Finding[]; files: number }> {
  const found = { findings: [] as Finding[], files: 0 };
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    found.findings.push(...findSecrets(await readFile(file, 'latin1'), file, secrets));
    found.files += 1;
  }
  return found;
}
