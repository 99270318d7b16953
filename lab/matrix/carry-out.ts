// One cell: the registry is installed on the storage that it starts on, and the move is carried out, or is refused and has
// changed nothing. Which of the two it has to be is the product's own say.

import { ApplicationFailure } from '@temporalio/common';
import type { FailureType } from '../../contracts/failures.ts';
import type { LabApi, ListedTag } from '../content/lab-api.ts';
import { makeImage } from '../content/images.ts';
import { textLayer } from '../content/layers.ts';
import { pullAll } from '../content/pull-all.ts';
import { pushImage } from '../content/push-image.ts';
import { runPath } from '../demo/run-path.ts';
import { failuresOf, reasonOf } from '../demo/summary.ts';
import { labApi, labClient } from '../estate/estate.ts';
import { DESTINATION, destinationName } from '../estate/inventory-file.ts';
import { silent } from '../progress.ts';
import type { Cell, CellResult, MatrixStorage } from './cells.ts';

/** Before anything was changed, by the recipes or by a look at what there is. */
const REFUSED: readonly FailureType[] = ['UnsupportedVersion', 'PreflightFailed'];

/** Seldom enough that a cell is mostly about the registry's content, and often enough for every step to see some. */
const PUSH_INTERVAL_MS = 1000;

const nameOf = (to: MatrixStorage): string => (to === 's3' ? DESTINATION : destinationName(to));

type Before = { tags: ListedTag[]; schedules: string };

/** A text: what was wrong with it. */
export async function carryOut({ path, to }: Cell, dir: string): Promise<CellResult | string> {
  const before = await withApi(dir, async (api) => await lookAt(api));
  try {
    const run = await runPath({
      dir,
      path,
      destination: nameOf(to),
      pushIntervalMs: PUSH_INTERVAL_MS,
      progress: silent,
    });
    const wrong = failuresOf(new Map([[path, run]]));
    return wrong.length === 0 ? { outcome: 'moved', pushes: run.pushes.found } : wrong.join(' ');
  } catch (error) {
    const failure = failureIn(error);
    if (!(REFUSED as readonly unknown[]).includes(failure?.type)) return reasonOf(error);
    const changed = await changedSince(dir, before);
    return changed.length === 0
      ? { outcome: 'refused', reason: failure!.message }
      : `refused, and not as before: ${changed.join(' ')}`;
  }
}

/** What the failures of workflow and activity are wrapped around. */
function failureIn(error: unknown): ApplicationFailure | undefined {
  if (error instanceof ApplicationFailure) return error;
  return error instanceof Error ? failureIn(error.cause) : undefined;
}

async function changedSince(dir: string, before: Before): Promise<string[]> {
  const client = await labClient(dir);
  try {
    const { problems } = await pullAll(client, before.tags);
    const { schedules } = await withApi(dir, async (api) => await lookAt(api));
    const image = makeImage('docker', 'after', [await textLayer('pushed-after-a-refusal', 64)]);
    const refused = await pushImage(client, 'admin/pushed-during-the-move', 'after', image).then(
      () => [],
      (error: unknown) => [`It refuses pushes: ${reasonOf(error)}.`],
    );
    return [
      ...problems.map(({ repository, tag, problem }) => `${repository}:${tag}: ${problem}.`),
      ...(schedules === before.schedules ? [] : ['Its schedules are other ones.']),
      ...refused,
    ];
  } finally {
    await client.close();
  }
}

const lookAt = async (api: LabApi): Promise<Before> => ({
  tags: await api.listTags(),
  schedules: JSON.stringify(await api.schedules()),
});

async function withApi<T>(dir: string, work: (api: LabApi) => Promise<T>): Promise<T> {
  const api = await labApi(dir);
  try {
    return await work(api);
  } finally {
    await api.close();
  }
}
