// What workflows may ask of backups, wired to the inventory's registries, storages and repositories.

import type { BackupActivities, SetCheck, SetProblem } from '../../contracts/backup.ts';
import { setFileKey } from '../../domain/backup/set.ts';
import { type Meter, withHeartbeat } from '../concurrency/heartbeat.ts';
import { createPaces } from '../copying/pace/paces.ts';
import type { OpenProber } from '../copying/pace/registry-watch.ts';
import type { Environment } from '../environment.ts';
import { fileOf } from '../journal/keys.ts';
import { writeLines } from '../journal/lines.ts';
import { onRegistries } from '../registry/on-registries.ts';
import type { Storage } from '../storage/storage.ts';
import { backUpBlobs, countBlobs } from './back-up-blobs.ts';
import { backUpTree } from './back-up-tree.ts';
import { checkSet } from './check-set.ts';
import { listSetImages } from './list-images.ts';
import { backUpSetMetadata } from './metadata-in-set.ts';
import { noteVerified } from './note-verified.ts';
import { openSets } from './open-sets.ts';
import { blobsOfNewest, listedIn } from './listed.ts';
import { rehashContent } from './rehash-content.ts';
import { sealSet } from './seal-set.ts';

const EXAMPLES = 10;

export function createBackupActivities(environment: Environment, openProber: OpenProber): BackupActivities {
  const { inventory } = environment;
  const paces = createPaces(inventory.copying, openProber);
  const journal = async (): Promise<Storage> => await environment.openStorage(inventory.journal);
  const on = onRegistries(environment);
  const sides = async (request: { storage: string; repository: string }, meter: Meter) => ({
    source: await environment.openStorage(request.storage),
    sets: await openSets(environment, request.repository, meter),
  });
  /** At the pace that the registry's users allow. */
  const copying =
    <Request extends { registry: string; storage: string; repository: string }, Result>(
      run: (
        all: Awaited<ReturnType<typeof sides>>,
        request: Request,
        work: { meter: Meter; pace: Parameters<Parameters<typeof paces.during>[2]>[0] },
      ) => Promise<Result>,
    ) =>
    async (request: Request): Promise<Result> =>
      await withHeartbeat(environment, async (meter) => {
        const { storage: source, repository: destination, registry: yieldTo } = request;
        const all = await sides(request, meter);
        return await paces.during(
          { source, destination, yieldTo },
          meter,
          async (pace) => await run(all, request, { meter, pace }),
        );
      });

  return {
    planBackup: (request) =>
      withHeartbeat(environment, async (meter) => {
        const { source, sets } = await sides(request, meter);
        const before = blobsOfNewest(sets, request.registry, meter);
        return await countBlobs({ source, repository: sets.storage }, before, meter);
      }),

    backUpSetMetadata: on(async (registry, request) => {
      const repository = await openSets(environment, request.repository, registry.meter);
      return await backUpSetMetadata(registry, repository, request);
    }),

    backUpTree: copying(async ({ source, sets }, { registry, set }, work) => {
      const key = setFileKey(registry, set, 'tree.ndjson');
      return await backUpTree({ source, repository: sets.storage }, key, work);
    }),

    listSetImages: on(async (registry, request) => {
      const { storage } = await openSets(environment, request.repository, registry.meter);
      const tree = () =>
        listedIn(storage, setFileKey(request.registry, request.set, 'tree.ndjson'), registry.meter);
      return await listSetImages(registry, await journal(), tree, request);
    }),

    backUpBlobs: copying(async ({ source, sets }, { registry, set }, work) => {
      const before = blobsOfNewest(sets, registry, work.meter);
      const key = setFileKey(registry, set, 'blobs.ndjson');
      return await backUpBlobs({ source, repository: sets.storage }, { key, before }, work);
    }),

    sealSet: on(async (registry, request) => {
      const { source, sets } = await sides(request, registry.meter);
      const { where, folder } = await source.place();
      const key = setFileKey(request.registry, request.set, 'blobs.ndjson');
      return await sealSet(registry, { journal: await journal(), repository: sets }, request, {
        storage: { kind: source.kind, place: folder === '' ? where : `${where}/${folder}` },
        blobs: () => listedIn(sets.storage, key, registry.meter),
        endedAt: new Date().toISOString(),
      });
    }),

    checkSet: (request) =>
      withHeartbeat(environment, async (meter) => {
        const sets = await openSets(environment, request.repository, meter);
        const checking = checkSet(sets, { registry: request.registry, id: request.set }, meter);
        const problems: SetProblem[] = [];
        let step = await checking.next();
        for (; step.done !== true; step = await checking.next()) problems.push(step.value);
        const manifest = step.value;
        return {
          tags: manifest?.counts.tags ?? 0,
          files: manifest === null ? 0 : Object.keys(manifest.files).length + 1,
          blobs: manifest?.counts.blobs ?? 0,
          bytes: manifest?.counts.bytes ?? 0,
          ...(await listed(request.job, 'set', problems)),
        };
      }),

    rehashContent: (request) =>
      withHeartbeat(environment, async (meter) => {
        const { storage } = await openSets(environment, request.repository, meter);
        const problems: SetProblem[] = [];
        const turn = { bytes: request.bytes, now: new Date().toISOString() };
        const read = await rehashContent(storage, turn, (problem) => problems.push(problem), meter);
        return { ...read, ...(await listed(request.job, 'content', problems)) };
      }),

    noteVerified: (request) =>
      withHeartbeat(environment, async (meter) => {
        const { storage } = await openSets(environment, request.repository, meter);
        const at = new Date().toISOString();
        await noteVerified(storage, { registry: request.registry, id: request.set }, at, meter);
      }),
  };

  async function listed(
    job: string,
    name: string,
    problems: SetProblem[],
  ): Promise<Pick<SetCheck, 'problems' | 'examples' | 'key'>> {
    const file = fileOf('set-problems', { job, name });
    await writeLines(await journal(), file, problems);
    return { problems: problems.length, examples: problems.slice(0, EXAMPLES), key: file.key };
  }
}
