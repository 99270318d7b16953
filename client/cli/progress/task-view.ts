// Shows a storage command while it works: a picture on a terminal, a line now and then elsewhere, nothing with `--json`.
// What the command prints on stdout meanwhile does not run into the picture.

import type { Io } from '../io.ts';
import { createRateMeter } from './rate-meter.ts';
import { taskLine, taskLines, type TaskState } from './task-lines.ts';
import { createTerminal } from './terminal.ts';

const REDRAW_INTERVAL_MS = 200;
/** Between two lines of a log. */
const LINE_INTERVAL_MS = 10_000;
const BUFFERED_CHARACTERS = 32 * 1024;

export type TaskView = {
  show(task: TaskState): void;
  /** To stdout. */
  print(text: string): void;
  /** Nothing is shown after this. */
  end(): void;
};

export function createTaskView(io: Io, quiet: boolean): TaskView {
  const meters = { objects: createRateMeter(), bytes: createRateMeter() };
  const terminal = io.isTerminal && !quiet ? createTerminal(io) : undefined;
  const intervalMs = terminal ? REDRAW_INTERVAL_MS : LINE_INTERVAL_MS;
  // A command that is done at once says nothing but its result.
  let shownMs = Date.now();
  let doing = '';
  let drawn = false;
  let buffered = '';
  const flush = (): void => {
    if (buffered === '') return;
    if (drawn) terminal?.draw([]);
    io.out(buffered);
    buffered = '';
  };
  return {
    show(task) {
      const nowMs = Date.now();
      if (nowMs - shownMs < intervalMs) return;
      shownMs = nowMs;
      flush();
      if (quiet) return;
      if (task.doing !== doing) {
        doing = task.doing;
        Object.assign(meters, { objects: createRateMeter(), bytes: createRateMeter() });
      }
      meters.objects.add(nowMs, task.objects);
      meters.bytes.add(nowMs, task.bytes);
      if (terminal) terminal.draw(taskLines(task, meters));
      else io.err(`${new Date(nowMs).toISOString().slice(11, 19)} ${taskLine(task, meters)}\n`);
      drawn = true;
    },
    print(text) {
      buffered += text;
      if (buffered.length > BUFFERED_CHARACTERS) flush();
    },
    end() {
      if (drawn) terminal?.draw([]);
      flush();
      terminal?.end();
      drawn = false;
    },
  };
}
