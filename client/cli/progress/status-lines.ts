// A status in words and bars, as lines for a terminal or a log. Pure: the same status gives the same lines.

import { operationWorkflowId } from '../../../contracts/names.ts';
import type { OperationStatus } from '../../../contracts/operation.ts';
import { formatBytes } from '../../../domain/bytes.ts';
import { formatDuration } from '../../../domain/duration.ts';
import type { Attention } from '../../attention.ts';
import { laidOut, oneLine } from '../../../domain/text/plain-text.ts';
import { formatPercent, renderBar } from './bar.ts';
import type { RateMeter } from './rate-meter.ts';

const BAR_CELLS = 16;

export type Speed = Pick<RateMeter, 'perSecond' | 'remainingMs'>;

/** The picture that the terminal redraws, and that `transship status` prints once. */
export function statusLines(status: OperationStatus, nowMs: number, speed?: Speed): string[] {
  return [
    status.title,
    `${status.phase}  ${stepText(status)}`,
    ...pauseLines(status),
    ...progressLines(status, speed),
    ...windowLines(status, nowMs),
    ...waitingLines(status),
    ...refusedLines(status),
    ...(status.problem === null ? [] : [`problem  ${status.problem}`]),
    ...(status.report === null
      ? []
      : [`report   ${status.reportPlace ?? `${status.report} in the journal`}`]),
  ].map(laidOut);
}

/** What keeps it from moving, though it cannot say so itself. */
export const attentionLines = (attention: Attention[]): string[] =>
  attention.map(({ kind, text }) => laidOut(`${kind.padEnd(9)}${text}`));

export const stepText = ({ step: { number, title } }: OperationStatus): string =>
  oneLine(number === null ? title : `${number}. ${title}`);

/** A pass with nothing to copy is worth a line only as long as copying is what goes on. */
function progressLines(status: OperationStatus, speed: Speed | undefined): string[] {
  const { objects, bytes } = status.progress;
  if (status.progressOf === null) return [];
  const what = status.progressOf.padEnd(9);
  if (objects.total === 0) return status.phase === 'copying' ? [`${what}nothing to copy`] : [];
  return [
    `${what}${renderBar(objects.done, objects.total, BAR_CELLS)}  ${objectsText(status)}`,
    `         ${renderBar(bytes.done, bytes.total, BAR_CELLS)}  ${bytesText(status)}${speedText(status, speed)}`,
  ];
}

/** One line for a log. */
export function progressLine(status: OperationStatus, speed?: Speed): string {
  if (status.progress.objects.total === 0) return `${status.progressOf}: nothing to copy`;
  const { bytes } = status.progress;
  return `${status.progressOf}: ${formatPercent(bytes.done, bytes.total)}, ${objectsText(status)}, ${bytesText(status)}${speedText(status, speed)}`;
}

/** Who holds it, and whether it stands already: a step, and a list of a pass, is finished first. */
export function pauseLines({ paused, child, progress, subject }: OperationStatus): string[] {
  if (!paused) return [];
  const { by, at, reason, holds } = paused;
  const stands = holds || (child !== null && progress.inHand === 0);
  return [
    `paused   since ${at} by ${by}${reason === undefined ? '' : `: ${reason}`}`,
    `         ${stands ? 'nothing of it runs now' : 'what runs now is finished first'}; let it go on with: transship resume ${targetOf(subject)}`,
  ].map(laidOut);
}

/** What is asked and how to answer; nothing if nobody is waited for. */
export function waitingLines({ waitingFor, subject }: OperationStatus): string[] {
  if (waitingFor === null) return [];
  const target = targetOf(subject);
  return [
    `waiting  ${waitingFor.text}`,
    `         until ${waitingFor.until}, question ${waitingFor.id}, plan ${waitingFor.planDigest}`,
    waitingFor.choices === undefined
      ? `         transship approve (or reject) ${target} --by YOU`
      : `         transship approve ${target} --by YOU --choice ${waitingFor.choices.join(' | ')}`,
  ].map(laidOut);
}

const targetOf = (subject: OperationStatus['subject']): string =>
  subject.kind === 'registry' ? subject.name : operationWorkflowId(subject);

/** Who decided by a signal is told nothing but what is shown. */
function refusedLines({ waitingFor, audit }: OperationStatus): string[] {
  const last = audit.findLast(({ event }) => event === 'refused');
  if (waitingFor === null || last?.reason === undefined) return [];
  return [`refused  ${last.by ? `${last.by}: ` : ''}${last.reason} (${last.at})`];
}

function windowLines({ window }: OperationStatus, nowMs: number): string[] {
  if (window.openedAt === null) return [];
  const openedMs = Date.parse(window.openedAt);
  if (window.closedAt !== null)
    return [
      `window   pushes were refused for ${formatDuration(Date.parse(window.closedAt) - openedMs)}`,
      ...(window.unproved ?? []).map((replica) => `         not known to take pushes again: ${replica}`),
    ];
  const spent = Math.max(0, nowMs - openedMs);
  return [`window   pushes refused for ${formatDuration(spent)} of ${formatDuration(window.budgetMs)}`];
}

const count = (value: number): string => value.toLocaleString('en-US');

const objectsText = ({ progress: { objects } }: OperationStatus): string =>
  `${count(objects.done)} of ${count(objects.total)} objects`;

const bytesText = ({ progress: { bytes } }: OperationStatus): string =>
  `${formatBytes(bytes.done)} of ${formatBytes(bytes.total)}`;

function speedText({ progress: { bytes } }: OperationStatus, speed: Speed | undefined): string {
  const rate = speed?.perSecond();
  if (rate === undefined || bytes.done >= bytes.total) return '';
  const left = speed?.remainingMs(bytes.total);
  return `, ${formatBytes(rate)}/s${left === undefined ? '' : `, ${formatDuration(left)} left`}`;
}
