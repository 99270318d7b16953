// What the tests of the suite act on: the registry under test, its first content, and short words for what they do with it all
// the time.

import type { RegistryActivities, Verification } from '../../../contracts/registry-activities.ts';
import { productOf } from '../../../domain/registries/products.ts';
import { makeImage, makeIndex, type Image } from '../../../lab/content/images.ts';
import { emptyLayer, randomLayer, textLayer, type Layer } from '../../../lab/content/layers.ts';
import { pushImage } from '../../../lab/content/push-image.ts';
import { rowsIn } from '../../journal/rows.ts';
import type { Opened, Run } from '../opened.ts';

export const prod = { registry: 'prod' };

/** `app` has three tags in two repositories, `index` one; both have `shared`, and `large` is the largest layer. */
export type Content = { shared: Layer; large: Layer; app: Image; index: Image };

export type Subject = {
  /** Open while tests run, not while they are collected. */
  opened: () => Opened;
  content: () => Content;
  fill: () => Promise<void>;
  run: Run;
  push: (repository: string, tag: string, image: Image) => Promise<void>;
  /** For what is done once in this folder of the journal. */
  once: (job: string) => { registry: string; job: string; version: string };
  replicas: () => string[];
  canary: () => string;
  tagsOf: (repository: string) => Promise<string[]>;
  rows: (key: string) => Promise<unknown[]>;
  /** All tags from the start, without an end in time; nothing is tolerated. */
  verify: (of: { job: string; snapshot: string; sample: number } & Partial<Request>) => Promise<Verification>;
  /** How it is told of the destination, and of its own storage again. */
  ways: () => { there: string; back: string };
};

type Request = Parameters<RegistryActivities['verifyImages']>[0];

export function subjectOf(opened: () => Opened): Subject {
  let content: Content;
  const entry = () => opened().environment.inventory.registries['prod']!;
  const run: Run = (name, request, options) => opened().run(name, request, options);
  const push: Subject['push'] = async (repository, tag, image) =>
    await pushImage(opened().client, repository, tag, image);
  return {
    opened,
    content: () => content,
    async fill() {
      const shared = await textLayer('shared', 20_000);
      const large = await randomLayer('large', 300_000);
      content = {
        shared,
        large,
        app: makeImage('docker', 'app', [shared, emptyLayer(), await textLayer('app', 5_000)]),
        index: makeIndex('oci', {
          amd64: makeImage('oci', 'multi-amd64', [shared, large]),
          arm64: makeImage('oci', 'multi-arm64', [shared, await textLayer('arm', 4_000)], 'arm64'),
        }),
      };
      for (const repository of ['dev/app', 'dev/app-base', 'dev/multi'])
        await opened().createRepository(repository);
      await push('dev/app', 'v1', content.app);
      await push('dev/app', 'latest', content.app);
      await push('dev/app-base', 'v1', content.app);
      await push('dev/multi', 'v1', content.index);
    },
    run,
    push,
    once: (job) => ({ ...prod, job, version: opened().looksLike.version }),
    replicas: () => entry().replicas.map(({ id }) => id),
    canary: () => entry().canaryRepository,
    tagsOf: async (repository) =>
      await opened().onRegistry(async (registry) => {
        const found: string[] = [];
        for await (const { tag } of registry.tags(repository)) found.push(tag);
        return found;
      }),
    rows: async (key) => await rowsIn(await opened().environment.openStorage('journal'), key),
    verify: async (of) =>
      await run('verifyImages', {
        ...prod,
        from: 0,
        withinMs: null,
        name: 'all',
        tolerated: { problems: null, damagedInPass: null },
        ...of,
      }),
    ways() {
      const { storages } = opened().environment.inventory;
      const { source, destination } = opened().storages;
      const recipe = productOf(entry()).recipe(
        { mode: 'online', ...opened().looksLike },
        storages[source]!,
        storages[destination]!,
        'read-only',
      );
      return { there: recipe.switch, back: recipe.back! };
    },
  };
}
