// A status in words and bars, as lines for a terminal or a log. Pure: the same status gives the same lines.

import type { MigrationStatus } from '../../../contracts/migration.ts';
import { formatBytes } from '../../../domain/bytes.ts';
import { formatDuration } from '../../../domain/duration.ts';
import { formatPercent, renderBar } from './bar.ts';
import type { RateMeter } from './rate-meter.ts';

const BAR_CELLS = 16;

export type Speed = Pick<RateMeter, 'perSecond' | 'remainingMs'>;

/** The picture that the terminal redraws, and that `transship status` prints once. */
export function statusLines(status: MigrationStatus, nowMs: number, speed?: Speed): string[] {
  return [
    `${status.registry} → ${status.destination} (${status.path})`,
    `${status.phase}  ${status.step}`,
    ...passLines(status, speed),
    ...windowLines(status, nowMs),
    ...waitingLines(status),
    ...(status.problem === null ? [] : [`problem  ${status.problem}`]),
    ...(status.report === null ? [] : [`report   ${status.report} in the journal`]),
  ];
}

/** A pass with nothing to copy is worth a line only as long as copying is what goes on. */
function passLines(status: MigrationStatus, speed: Speed | undefined): string[] {
  const { objects, bytes } = status.progress;
  const pass = `pass ${String(status.pass).padEnd(4)}`;
  if (status.pass === 0) return [];
  if (objects.total === 0) return status.phase === 'copying' ? [`${pass}nothing to copy`] : [];
  return [
    `${pass}${renderBar(objects.done, objects.total, BAR_CELLS)}  ${objectsText(status)}`,
    `         ${renderBar(bytes.done, bytes.total, BAR_CELLS)}  ${bytesText(status)}${speedText(status, speed)}`,
  ];
}

/** One line for a log. */
export function progressLine(status: MigrationStatus, speed?: Speed): string {
  if (status.progress.objects.total === 0) return `pass ${status.pass}: nothing to copy`;
  const { bytes } = status.progress;
  return `pass ${status.pass}: ${formatPercent(bytes.done, bytes.total)}, ${objectsText(status)}, ${bytesText(status)}${speedText(status, speed)}`;
}

/** What is asked and how to answer; nothing if nobody is waited for. */
export function waitingLines({ waitingFor, registry }: MigrationStatus): string[] {
  if (waitingFor === null) return [];
  return [
    `waiting  ${waitingFor.question}`,
    `         until ${waitingFor.until}, step ${waitingFor.step}, plan ${waitingFor.planDigest}`,
    `         transship approve (or reject) ${registry} --by YOU`,
  ];
}

function windowLines({ window }: MigrationStatus, nowMs: number): string[] {
  if (window.openedAt === null) return [];
  const openedMs = Date.parse(window.openedAt);
  if (window.closedAt !== null)
    return [`window   pushes were refused for ${formatDuration(Date.parse(window.closedAt) - openedMs)}`];
  const spent = Math.max(0, nowMs - openedMs);
  return [`window   pushes refused for ${formatDuration(spent)} of ${formatDuration(window.budgetMs)}`];
}

const count = (value: number): string => value.toLocaleString('en-US');

const objectsText = ({ progress: { objects } }: MigrationStatus): string =>
  `${count(objects.done)} of ${count(objects.total)} objects`;

const bytesText = ({ progress: { bytes } }: MigrationStatus): string =>
  `${formatBytes(bytes.done)} of ${formatBytes(bytes.total)}`;

function speedText({ progress: { bytes } }: MigrationStatus, speed: Speed | undefined): string {
  const rate = speed?.perSecond();
  if (rate === undefined || bytes.done >= bytes.total) return '';
  const left = speed?.remainingMs(bytes.total);
  return `, ${formatBytes(rate)}/s${left === undefined ? '' : `, ${formatDuration(left)} left`}`;
}
