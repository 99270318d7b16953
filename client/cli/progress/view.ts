// What following a migration looks like: a picture that is redrawn on a terminal, lines elsewhere, JSON with `--json`.

import { laidOut } from '../../../domain/text/plain-text.ts';
import type { Hear } from '../../operations.ts';
import { type Io, printJson } from '../io.ts';
import { createRateMeter } from './rate-meter.ts';
import {
  attentionLines,
  pauseLines,
  progressLine,
  statusLines,
  stepText,
  waitingLines,
} from './status-lines.ts';
import { createTerminal } from './terminal.ts';

/** Between two lines of a log that tell of progress only. */
const LINE_INTERVAL_MS = 10_000;

export type View = {
  show: Hear;
  /** Nothing is shown after this. */
  end(): void;
};

export function createView(io: Io, json: boolean): View {
  if (json) return jsonView(io);
  return io.isTerminal ? terminalView(io) : plainView(io);
}

const NO_ANSWER = 'no worker answers now; the operation goes on as soon as one is back';

function terminalView(io: Io): View {
  const terminal = createTerminal(io);
  const meter = createRateMeter();
  return {
    show(status, answers, nowMs, attention) {
      if (status && answers) meter.add(nowMs, status.progress.bytes.done);
      const lines = status ? statusLines(status, nowMs, meter) : [];
      terminal.draw([...lines, ...attentionLines(attention), ...(answers ? [] : [NO_ANSWER])]);
    },
    end: () => terminal.end(),
  };
}

function plainView(io: Io): View {
  const meter = createRateMeter();
  let said = '';
  let progressSaidMs = 0;
  const say = (nowMs: number, text: string): void =>
    io.err(`${new Date(nowMs).toISOString().slice(11, 19)} ${text}\n`);
  return {
    show(status, answers, nowMs, attention) {
      if (status && answers) meter.add(nowMs, status.progress.bytes.done);
      const { phase, step, waitingFor, problem } = status ?? {};
      const pauses = status ? pauseLines(status) : [];
      const news = JSON.stringify([
        answers,
        phase,
        step,
        waitingFor,
        problem,
        pauses,
        attention.map(({ kind }) => kind),
      ]);
      if (news !== said) {
        said = news;
        if (status) say(nowMs, `${status.phase}: ${stepText(status)}`);
        for (const line of pauses) say(nowMs, line);
        for (const line of status ? waitingLines(status) : []) say(nowMs, line);
        if (problem) say(nowMs, laidOut(`problem  ${problem}`));
        for (const line of attentionLines(attention)) say(nowMs, line);
        if (!answers) say(nowMs, NO_ANSWER);
      } else if (status && status.child !== null && answers && nowMs - progressSaidMs >= LINE_INTERVAL_MS) {
        progressSaidMs = nowMs;
        say(nowMs, progressLine(status, meter));
      }
    },
    end: () => undefined,
  };
}

function jsonView(io: Io): View {
  let printed = '';
  return {
    show(status, answers, _nowMs, attention) {
      const news = JSON.stringify([status, answers, attention]);
      if (news === printed) return;
      printed = news;
      printJson(io, { event: 'status', workerAnswers: answers, status, attention });
    },
    end: () => undefined,
  };
}
