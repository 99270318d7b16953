// The switch to a cloud storage that keeps the tags: `PUT /admin/settings/registry` with `keep_metadata: true` (release
// notes of DTR 2.6.6). Without that field a switch erases every tag (S0), so it is sent here and nowhere else.

import { TransshipError } from '../../../domain/transship-error.ts';
import { clusterReplicas, clusterStatus } from './cluster.ts';
import { type CloudEntry, isCloud } from '../../../domain/storage/storage-kinds.ts';
import { driverSection } from '../driver-section.ts';
import { storageSettingsShape, type StorageSettings } from './dtr-shapes.ts';
import { healthProblem } from './health.ts';
import type { Dtr } from './dtr.ts';
import { mayBeDestination, showsDestination, withDriver, withoutMasks } from './storage-section.ts';
import { unhealthyIsMissing, waitUntil } from '../../concurrency/wait-until.ts';

const SETTINGS_PATH = 'admin/settings/registry';
const ERROR_CODE = /^[A-Z][A-Z0-9_]{0,63}$/;

/** Longer than replicas need to take settings over; after it the credentials may have been the problem. */
const SEND_AGAIN_AFTER_MS = 60_000;

/**
 * Idempotent: done when the registry shows the destination and is healthy, those of `without` aside. Until then the section is sent again with
 * the secrets of that moment, because a GET does not show which credentials the registry has. Where it shows the destination
 * in a way that cannot be told from another one, it is done when the section was taken: where content really is, is proved
 * by asking for it.
 */
export async function switchKeepingMetadata(
  dtr: Dtr,
  destination: string,
  without: readonly string[] = [],
): Promise<void> {
  const { api, environment, meter } = dtr;
  const entry = cloudEntry(dtr, destination);
  let sentAtMs = Number.NEGATIVE_INFINITY;
  let wasTaken = false;
  await waitUntil(meter, async () => {
    const current = await api.get(SETTINGS_PATH, storageSettingsShape);
    const isThere =
      showsDestination(current.storage, entry) || (wasTaken && mayBeDestination(current.storage, entry));
    const missing = isThere
      ? await clusterProblem(dtr, without).catch(unhealthyIsMissing)
      : `the registry to show the storage ${destination}`;
    if (missing !== undefined && Date.now() - sentAtMs >= SEND_AGAIN_AFTER_MS) {
      const driver = await driverSection(entry, environment.resolveSecret.bind(environment));
      const storage = withDriver(current.storage, driver);
      sentAtMs = Date.now();
      await put(dtr, { ...(withoutMasks(current) as StorageSettings), storage, keep_metadata: true });
      wasTaken = true;
    }
    return missing;
  });
}

async function clusterProblem(dtr: Dtr, without: readonly string[]): Promise<string | undefined> {
  const members = clusterReplicas(await clusterStatus(dtr.api));
  return await healthProblem(
    dtr,
    members.filter((id) => !without.includes(id)),
  );
}

/** The answer may repeat what was sent, credentials and all: only its status and a code that is one go on. */
async function put({ api }: Dtr, settings: StorageSettings & { keep_metadata: true }): Promise<void> {
  try {
    await api.put(SETTINGS_PATH, settings);
  } catch (error) {
    if (!(error instanceof TransshipError) || error.details['status'] === undefined) throw error;
    const { status, code } = error.details;
    const shown = typeof code === 'string' && ERROR_CODE.test(code) ? { status, code } : { status };
    throw new TransshipError(
      error.type,
      `PUT ${SETTINGS_PATH} of ${api.url} answered ${Object.values(shown).join(' ')}.`,
      shown,
    );
  }
}

function cloudEntry({ environment }: Dtr, destination: string): CloudEntry {
  const entry = environment.inventory.storages[destination];
  if (entry !== undefined && isCloud(entry)) return entry;
  throw new TransshipError(
    'InvalidInput',
    `The registry's API can be pointed at cloud storages; "${destination}" is ${entry === undefined ? 'not in the inventory' : `of kind ${entry.kind}`}.`,
  );
}
