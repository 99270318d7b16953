// What the demo says at its end, in words that a newcomer understands, and what would make it fail.

import type { MigrationPath } from '../../contracts/names.ts';
import { formatBytes } from '../../domain/bytes.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { PathRun } from './run-path.ts';

const EXPECTED_WORKER_KILLS = 2;
const SHOWN_PROBLEMS = 5;

/** What is left of a path whose migration or whose checks threw. */
export type FailedRun = { outcome: 'failed'; reason: string };
export type DemoRuns = Map<MigrationPath, PathRun | FailedRun>;

export const failedRun = (error: unknown): FailedRun => ({ outcome: 'failed', reason: reasonOf(error) });

/** The error and its causes: a failed workflow says only there why it failed. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${reasonOf(error.cause)}`;
}

/** Sentences; empty when nothing was lost and everything happened that the demo is about. */
export function failuresOf(runs: DemoRuns): string[] {
  return [...runs].flatMap(([path, run]) => {
    if ('reason' in run) return [`${path}: ${run.reason}`];
    const failures: string[] = [];
    const { acknowledged, found } = run.pushes;
    if (run.outcome !== 'migrated') failures.push(`${path}: the outcome is ${run.outcome}.`);
    if (found !== acknowledged)
      failures.push(`${path}: ${acknowledged - found} acknowledged pushes are lost.`);
    if (acknowledged === 0) failures.push(`${path}: nobody pushed, so nothing was proved.`);
    if (!run.schedulesAsBefore) failures.push(`${path}: the garbage collection schedule did not come back.`);
    if (run.workerKills !== EXPECTED_WORKER_KILLS)
      failures.push(
        `${path}: the worker was killed ${run.workerKills} times instead of ${EXPECTED_WORKER_KILLS}.`,
      );
    const { problems } = run.pulled;
    failures.push(...problems.slice(0, SHOWN_PROBLEMS).map((problem) => `${path}: ${problem}`));
    if (problems.length > SHOWN_PROBLEMS)
      failures.push(`${path}: and ${problems.length - SHOWN_PROBLEMS} more.`);
    return failures;
  });
}

export function summarize(runs: DemoRuns, failures: string[], seconds: number): string {
  const lines = [''];
  for (const [path, run] of runs) {
    if ('reason' in run) {
      lines.push(`${path} path: ${run.outcome}`, '');
      continue;
    }
    const { pushes, tags, pulled } = run;
    lines.push(
      `${path} path: ${run.outcome}`,
      `  moved             ${run.objects} objects, ${formatBytes(run.bytes)}, from the volume to S3, each proved there by its SHA-256`,
      `  pushes refused    for ${run.windowSeconds.toFixed(1)} seconds (worker killed and restarted inside)`,
      `  tags              ${tags.before} before, ${tags.after} when the window closed`,
      `  pushes meanwhile  ${pushes.acknowledged} acknowledged, ${pushes.found} of them found afterwards; ${pushes.refused} refused and tried again`,
      `  pulled back       ${pulled.tags} tags, ${formatBytes(pulled.bytes)}, from S3 alone: the old volume was taken away`,
      `  worker killed     ${run.workerKills} times with SIGKILL`,
      `  report            ${run.report}`,
      '',
    );
  }
  lines.push(
    failures.length === 0
      ? `Nothing was lost. (${formatDuration(seconds * 1000)})`
      : `FAILED:\n${failures.map((failure) => `  ${failure}`).join('\n')}`,
    '',
  );
  return lines.join('\n');
}
