// The run of a migration as a timeline: the waits for people and the window in it.

import { formatDuration } from '../../domain/duration.ts';
import { note, type Section, type Span, type Tone } from './document.ts';
import type { ReportInput } from './report-input.ts';

type Facts = ReportInput['facts'];
type RunSpan = Omit<Span, 'tone'> & { kind: 'waiting' | 'window' | 'outage' };

const TONES: Record<RunSpan['kind'], Tone> = { waiting: 'waiting', window: 'bad', outage: 'bad' };

export const whenSection = (facts: Facts, pulls: ReportInput['pulls']): Section => ({
  heading: 'When',
  blocks: [
    {
      kind: 'timeline',
      from: facts.startedAt,
      to: facts.finishedAt,
      spans: timelineSpans(facts, pulls).map(({ kind, ...span }) => ({ tone: TONES[kind], ...span })),
      legend: [
        { tone: 'neutral', label: 'registry in full use' },
        { tone: TONES.waiting, label: 'waiting for a person' },
        { tone: TONES.window, label: 'window: pushes are refused' },
      ],
    },
    note(windowSentence(facts.window)),
    ...(facts.window.openedAt === null ? [] : [note(pullSentence(facts, pulls))]),
  ],
});

const windowSentence = ({ openedAt, closedAt }: Facts['window']): string =>
  openedAt === null
    ? 'The registry accepted pushes all the time.'
    : `The window was open from ${openedAt} to ${closedAt ?? 'now: it was not closed'}.`;

/** From each question to its answer, and the window. */
export function timelineSpans({ audit, window, finishedAt }: Facts, pulls: ReportInput['pulls']): RunSpan[] {
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
  const outages = (pulls?.outages ?? []).map(({ from, to }): RunSpan => {
    const length = { from, to: to ?? times.to };
    return { kind: 'outage', label: `pulls failed for ${lengthOf(length)}`, ...length };
  });
  return [...waits, { kind: 'window', label, ...times }, ...outages];
}

/** Milliseconds in which an image could not be pulled; null: nobody watched. */
export function pullOutageMs({ window, finishedAt }: Facts, pulls: ReportInput['pulls']): number | null {
  if (pulls === null || pulls.asked === 0) return null;
  const end = window.closedAt ?? finishedAt;
  return pulls.outages.reduce((total, { from, to }) => total + Date.parse(to ?? end) - Date.parse(from), 0);
}

function pullSentence(facts: Facts, pulls: ReportInput['pulls']): string {
  const lostMs = pullOutageMs(facts, pulls);
  if (lostMs === null) return 'Whether pulls went on was not watched.';
  const asked = `An image was pulled every second while the window was open, ${pulls!.asked} times`;
  return lostMs === 0
    ? `${asked}: it was there each time.`
    : `${asked}: it could not be had for ${formatDuration(lostMs)} in all, in ${pulls!.outages.length === 1 ? 'one stretch' : `${pulls!.outages.length} stretches`}.`;
}

const lengthOf = ({ from, to }: { from: string; to: string }): string =>
  formatDuration(Date.parse(to) - Date.parse(from));
