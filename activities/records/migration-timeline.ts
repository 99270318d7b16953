// The run of a migration as a timeline: the waits for people and the window in it.

import { formatDuration } from '../../domain/duration.ts';
import { note, type Section, type Span, type Tone } from './document.ts';
import type { ReportInput } from './report-input.ts';

type Facts = ReportInput['facts'];
type RunSpan = Omit<Span, 'tone'> & { kind: 'waiting' | 'window' };

const TONES: Record<RunSpan['kind'], Tone> = { waiting: 'waiting', window: 'bad' };

export const whenSection = (facts: Facts): Section => ({
  heading: 'When',
  blocks: [
    {
      kind: 'timeline',
      from: facts.startedAt,
      to: facts.finishedAt,
      spans: timelineSpans(facts).map(({ kind, ...span }) => ({ tone: TONES[kind], ...span })),
      legend: [
        { tone: 'neutral', label: 'registry in full use' },
        { tone: TONES.waiting, label: 'waiting for a person' },
        { tone: TONES.window, label: 'window: pulls work, pushes are refused' },
      ],
    },
    note(windowSentence(facts.window)),
  ],
});

const windowSentence = ({ openedAt, closedAt }: Facts['window']): string =>
  openedAt === null
    ? 'The registry accepted pushes all the time.'
    : `The window was open from ${openedAt} to ${closedAt ?? 'now: it was not closed'}.`;

/** From each question to its answer, and the window. */
export function timelineSpans({ audit, window, finishedAt }: Facts): RunSpan[] {
  const waits = audit
    .filter(({ event }) => event === 'asked')
    .map((asked): RunSpan => {
      const answer = audit.find(
        ({ question, event, at }) =>
          question === asked.question &&
          ['approved', 'rejected', 'expired'].includes(event) &&
          at >= asked.at,
      );
      const times = { from: asked.at, to: answer?.at ?? finishedAt };
      const label = `${asked.question}: ${answer?.event ?? 'no answer'} after ${lengthOf(times)}`;
      return { kind: 'waiting', label, ...times };
    });
  if (window.openedAt === null) return waits;
  const times = { from: window.openedAt, to: window.closedAt ?? finishedAt };
  const label = `pushes refused for ${lengthOf(times)}${window.closedAt === null ? ', not closed' : ''}`;
  return [...waits, { kind: 'window', label, ...times }];
}

const lengthOf = ({ from, to }: { from: string; to: string }): string =>
  formatDuration(Date.parse(to) - Date.parse(from));
