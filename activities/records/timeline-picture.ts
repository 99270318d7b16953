// A timeline as a picture: one bar from start to end, and the spans in it. Its point is to show how small one thing is beside
// everything else. What is bad stands above the bar, everything else below.

import type { Block, Span } from './document.ts';
import { html, type Markup } from './markup.ts';
import { clock } from '../../domain/text/plain-text.ts';

const WIDTH = 960;
const BAR_Y = 34;
const BAR_HEIGHT = 30;
/** A span is drawn at least this wide, or nobody sees it. */
const MIN_SPAN_WIDTH = 3;

export function renderTimeline({ from, to, spans, legend }: Extract<Block, { kind: 'timeline' }>): Markup {
  const startMs = Date.parse(from);
  const endMs = Math.max(Date.parse(to), startMs + 1);
  const x = (at: string): number =>
    ((Math.min(Math.max(Date.parse(at), startMs), endMs) - startMs) / (endMs - startMs)) * WIDTH;
  return html` <svg class="timeline" viewBox="0 0 ${WIDTH} 104" role="img" aria-label="Timeline">
      <rect class="neutral" x="0" y="${BAR_Y}" width="${WIDTH}" height="${BAR_HEIGHT}" rx="4" />
      ${spans.map((span) => renderSpan(span, x(span.from), x(span.to)))}
      <text class="edge" x="0" y="${BAR_Y + BAR_HEIGHT + 36}">${clock(from)}</text>
      <text class="edge" x="${WIDTH}" y="${BAR_Y + BAR_HEIGHT + 36}" text-anchor="end">${clock(to)}</text>
    </svg>
    <p class="note legend">
      ${legend.map(({ tone, label }) => html`<span><i class="${tone}"></i>${label}</span> `)}
    </p>`;
}

function renderSpan({ tone, label }: Span, left: number, right: number): Markup {
  const width = Math.max(right - left, MIN_SPAN_WIDTH);
  const middle = left + width / 2;
  const anchor = middle < WIDTH * 0.15 ? 'start' : middle > WIDTH * 0.85 ? 'end' : 'middle';
  const textY = tone === 'bad' ? BAR_Y - 10 : BAR_Y + BAR_HEIGHT + 18;
  return html`<g class="${tone}">
    <rect x="${left.toFixed(1)}" y="${BAR_Y}" width="${width.toFixed(1)}" height="${BAR_HEIGHT}" rx="2">
      <title>${label}</title>
    </rect>
    <text x="${middle.toFixed(1)}" y="${textY}" text-anchor="${anchor}">${label}</text>
  </g>`;
}
