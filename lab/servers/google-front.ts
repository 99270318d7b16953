// Makes the lab's Google Cloud Storage look like Google's to the registry, whose gcs driver sends its uploads to
// `https://www.googleapis.com` whatever it is told, and wants a service account whose tokens somebody gives out.

import { generateKeyPairSync } from 'node:crypto';
import { access, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GoogleFront } from '../stand-ins/dtr/cluster.ts';
import { secretFile, type GcsPorts } from '../estate/lab-config.ts';
import { startProcess } from '../process.ts';
import { runLines } from '../run-lines.ts';

const NAME = 'www.googleapis.com';
const VALID_DAYS = '3650';
const MAIN = join(import.meta.dirname, 'google-front-main.ts');

export const googleFrontOf = (dir: string, ports: GcsPorts): GoogleFront => ({
  api: `http://127.0.0.1:${ports.api}`,
  proxy: `http://127.0.0.1:${ports.front}`,
  caFile: join(dir, 'google', 'certificate.pem'),
});

/**
 * Of a registry that is to use it: its driver's library knows of emulators; its own requests for uploads go to Google's
 * address and nowhere else.
 */
export const googleEnvironment = ({ api, proxy, caFile }: GoogleFront): Record<string, string> => ({
  STORAGE_EMULATOR_HOST: new URL(api).host,
  HTTPS_PROXY: proxy,
  SSL_CERT_FILE: caFile,
});

/** Starts it unless it runs; returns the file with the key of a service account. */
export async function startGoogleFront(dir: string, ports: GcsPorts): Promise<string> {
  const { api, proxy, caFile } = googleFrontOf(dir, ports);
  const keyFile = join(dir, 'google', 'key.pem');
  await mkdir(join(dir, 'google'), { recursive: true, mode: 0o700 });
  const there = await access(caFile).then(
    () => true,
    () => false,
  );
  if (!there)
    await runLines(
      'openssl',
      [
        ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
        ['-keyout', keyFile, '-out', caFile, '-days', VALID_DAYS, '-subj', `/CN=${NAME}`],
        ['-addext', `subjectAltName=DNS:${NAME}`],
      ].flat(),
    );
  await startProcess(dir, {
    name: 'google-front',
    command: process.execPath,
    args: [MAIN, String(ports.front), api, caFile, keyFile],
    ready: async () => (await fetch(`${proxy}/token`, { method: 'POST' })).ok,
  });
  return await accountFile(dir, proxy);
}

async function accountFile(dir: string, proxy: string): Promise<string> {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const account = {
    type: 'service_account',
    project_id: 'lab',
    private_key_id: 'lab-key',
    private_key: privateKey,
    client_email: 'registry@lab.iam.gserviceaccount.com',
    client_id: '1',
    token_uri: `${proxy}/token`,
  };
  return await secretFile(dir, 'gcs-account.json', JSON.stringify(account));
}

/** The content of the key file, as the registry's API takes it. */
export const readAccount = async (file: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
