// What a fresh registry of the lab gets: the canary repository, a schedule of garbage collection, and its content.

import { setTimeout as sleep } from 'node:timers/promises';
import { makeCatalogue } from '../content/catalogue.ts';
import type { LabApi } from '../content/lab-api.ts';
import { pushCatalogue } from '../content/push-catalogue.ts';
import { type RegistryAccess, RegistryClient } from '../content/registry-client.ts';
import type { LabConfig } from './lab-config.ts';
import { CANARY_REPOSITORY } from './registry.ts';
import type { Progress } from '../progress.ts';

const CONTENT_NAMESPACE = 'admin';
const SERVED_TIMEOUT_MS = 30_000;
const POLL_INTERVAL_MS = 100;

/** Once: `lab` remembers what was done, and `save` keeps it after each part. */
export async function fillRegistry(
  access: RegistryAccess,
  api: LabApi,
  lab: LabConfig,
  save: () => Promise<void>,
  progress: Progress,
): Promise<void> {
  const client = new RegistryClient(access);
  try {
    await waitUntilServed(client);
    await api.createRepository(CANARY_REPOSITORY);
    await api.collectByItself();
    lab.installed = true;
    await save();
    const catalogue = await makeCatalogue(lab.content, CONTENT_NAMESPACE);
    if (catalogue.length > 0) progress.say(`  content: ${catalogue.length} tags`);
    await pushCatalogue(client, api, catalogue, progress);
    lab.pushed = true;
    await save();
  } finally {
    await client.close();
    await api.close();
  }
}

/** The load balancer sends nobody on before it has seen a healthy replica. */
async function waitUntilServed(client: RegistryClient): Promise<void> {
  const deadline = Date.now() + SERVED_TIMEOUT_MS;
  for (;;) {
    try {
      await client.getManifest(CANARY_REPOSITORY, 'latest');
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(POLL_INTERVAL_MS);
    }
  }
}
