// How far a storage command is, in words and bars. Pure: the same state gives the same lines.

import { formatBytes } from '../../../domain/bytes.ts';
import { formatDuration } from '../../../domain/duration.ts';
import { formatPercent, renderBar } from './bar.ts';
import type { RateMeter } from './rate-meter.ts';

const BAR_CELLS = 16;
const VERB_CELLS = 9;

/** `of…` is absent as long as nobody knows how much there is. */
export type TaskState = {
  /** One word, e.g. `listing`. */
  doing: string;
  objects: number;
  ofObjects?: number;
  bytes: number;
  ofBytes?: number;
  /** Further counts, e.g. `3 different`. */
  note?: string;
};

export type TaskSpeed = {
  objects: Pick<RateMeter, 'perSecond'>;
  bytes: Pick<RateMeter, 'perSecond' | 'remainingMs'>;
};

/** The picture that a terminal redraws. */
export function taskLines(task: TaskState, speed: TaskSpeed): string[] {
  const { ofObjects, ofBytes } = task;
  const verb = task.doing.padEnd(VERB_CELLS);
  const note = task.note === undefined ? [] : [`${' '.repeat(VERB_CELLS)}${task.note}`];
  if (ofObjects === undefined || ofBytes === undefined)
    return [`${verb}${amounts(task)}${objectRate(speed)}`, ...note];
  return [
    `${verb}${renderBar(task.objects, ofObjects, BAR_CELLS)}  ${count(task.objects)} of ${count(ofObjects)} objects${objectRate(speed)}`,
    `${' '.repeat(VERB_CELLS)}${renderBar(task.bytes, ofBytes, BAR_CELLS)}  ${formatBytes(task.bytes)} of ${formatBytes(ofBytes)}${byteRate(task, speed)}`,
    ...note,
  ];
}

/** One line for a log. */
export function taskLine(task: TaskState, speed: TaskSpeed): string {
  const { ofObjects, ofBytes } = task;
  const share = ofBytes === undefined ? '' : `${formatPercent(task.bytes, ofBytes)}, `;
  const done =
    ofObjects === undefined || ofBytes === undefined
      ? amounts(task)
      : `${count(task.objects)} of ${count(ofObjects)} objects, ${formatBytes(task.bytes)} of ${formatBytes(ofBytes)}`;
  const note = task.note === undefined ? '' : `; ${task.note}`;
  return `${task.doing}: ${share}${done}${objectRate(speed)}${byteRate(task, speed)}${note}`;
}

export const count = (value: number): string => value.toLocaleString('en-US');

const amounts = ({ objects, bytes }: TaskState): string => `${count(objects)} objects, ${formatBytes(bytes)}`;

function objectRate({ objects }: TaskSpeed): string {
  const rate = objects.perSecond();
  return rate === undefined ? '' : `, ${count(Math.round(rate))}/s`;
}

function byteRate({ bytes: done, ofBytes }: TaskState, { bytes }: TaskSpeed): string {
  const rate = bytes.perSecond();
  if (rate === undefined || ofBytes === undefined || done >= ofBytes) return '';
  const left = bytes.remainingMs(ofBytes);
  return `, ${formatBytes(rate)}/s${left === undefined ? '' : `, ${formatDuration(left)} left`}`;
}
