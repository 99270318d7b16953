// The run as a picture: one bar from start to end, the waits for people and the window in it. Its point is to show how
// small the window is beside everything else.

import { formatDuration } from '../../domain/duration.ts';
import type { ReportInput } from './report-document.ts';
import { html, type Markup } from './report-markup.ts';

const WIDTH = 960;
const BAR_Y = 34;
const BAR_HEIGHT = 30;
/** A span is drawn at least this wide, or nobody sees it. */
const MIN_SPAN_WIDTH = 3;

export type Span = { kind: 'waiting' | 'window'; label: string; fromMs: number; toMs: number };

export function renderTimeline({ facts }: ReportInput): Markup {
  const startMs = Date.parse(facts.startedAt);
  const endMs = Math.max(Date.parse(facts.finishedAt), startMs + 1);
  const x = (ms: number): number =>
    ((Math.min(Math.max(ms, startMs), endMs) - startMs) / (endMs - startMs)) * WIDTH;
  const spans = timelineSpans(facts).map((span) => {
    const left = x(span.fromMs);
    const width = Math.max(x(span.toMs) - left, MIN_SPAN_WIDTH);
    const middle = left + width / 2;
    const anchor = middle < WIDTH * 0.15 ? 'start' : middle > WIDTH * 0.85 ? 'end' : 'middle';
    const textY = span.kind === 'window' ? BAR_Y - 10 : BAR_Y + BAR_HEIGHT + 18;
    return html`<g class="${span.kind}">
      <rect x="${left.toFixed(1)}" y="${BAR_Y}" width="${width.toFixed(1)}" height="${BAR_HEIGHT}" rx="2">
        <title>${span.label}</title>
      </rect>
      <text x="${middle.toFixed(1)}" y="${textY}" text-anchor="${anchor}">${span.label}</text>
    </g>`;
  });
  return html`<svg class="timeline" viewBox="0 0 ${WIDTH} 104" role="img" aria-label="Timeline of the run">
    <rect class="run" x="0" y="${BAR_Y}" width="${WIDTH}" height="${BAR_HEIGHT}" rx="4" />
    ${spans}
    <text class="edge" x="0" y="${BAR_Y + BAR_HEIGHT + 36}">${clock(facts.startedAt)}</text>
    <text class="edge" x="${WIDTH}" y="${BAR_Y + BAR_HEIGHT + 36}" text-anchor="end">
      ${clock(facts.finishedAt)}
    </text>
  </svg>`;
}

/** From each question to its answer, and the window. */
export function timelineSpans({ audit, window, finishedAt }: ReportInput['facts']): Span[] {
  const finishedMs = Date.parse(finishedAt);
  const waits = audit
    .filter(({ event }) => event === 'asked')
    .map((asked): Span => {
      const answer = audit.find(
        ({ question, event, at }) =>
          question === asked.question &&
          ['approved', 'rejected', 'expired'].includes(event) &&
          at >= asked.at,
      );
      const fromMs = Date.parse(asked.at);
      const toMs = answer === undefined ? finishedMs : Date.parse(answer.at);
      const label = `${asked.question}: ${answer?.event ?? 'no answer'} after ${formatDuration(toMs - fromMs)}`;
      return { kind: 'waiting', label, fromMs, toMs };
    });
  if (window.openedAt === null) return waits;
  const fromMs = Date.parse(window.openedAt);
  const toMs = window.closedAt === null ? finishedMs : Date.parse(window.closedAt);
  const label = `pushes refused for ${formatDuration(toMs - fromMs)}${window.closedAt === null ? ', not closed' : ''}`;
  return [...waits, { kind: 'window', label, fromMs, toMs }];
}

const clock = (at: string): string => at.replace('T', ' ').replace(/\.\d+/, '').replace(/Z$/, ' UTC');
