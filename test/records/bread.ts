// A document of no procedure, for the tests of the renderers, with everything in it that a document can hold.

import type { Document } from '../../activities/records/document.ts';

export const BREAD: Document = {
  title: 'Bread of Tuesday',
  verdict: { word: 'baked', tone: 'good', sentence: 'Forty loaves came out well.' },
  opening: [
    { kind: 'figures', figures: [{ label: 'Loaves', value: '40', note: 'of 42 in the oven' }] },
    { kind: 'facts', facts: [{ name: 'flour', value: ['rye, from sack ', { code: 'R_7' }] }] },
  ],
  sections: [
    {
      heading: 'When',
      blocks: [
        {
          kind: 'timeline',
          from: '2026-03-01T04:00:00.000Z',
          to: '2026-03-01T08:00:00.000Z',
          spans: [
            {
              tone: 'waiting',
              label: 'the dough rests',
              from: '2026-03-01T05:00:00.000Z',
              to: '2026-03-01T06:00:00.000Z',
            },
            {
              tone: 'bad',
              label: 'no power',
              from: '2026-03-01T07:00:00.000Z',
              to: '2026-03-01T07:01:00.000Z',
            },
          ],
          legend: [{ tone: 'waiting', label: 'nobody works' }],
        },
        { kind: 'note', line: 'The clock is an hour slow.' },
      ],
    },
    {
      heading: 'How',
      blocks: [
        { kind: 'paragraph', line: ['As on ', { strong: 'Monday' }, '.'] },
        {
          kind: 'list',
          ordered: true,
          items: [
            {
              line: [{ strong: 'Knead' }, ' ', { label: 'by hand', tone: 'bad' }],
              beneath: ['ten minutes', { code: 'knead --slow' }],
            },
            { line: 'Bake' },
          ],
        },
        { kind: 'list', items: [] },
      ],
    },
    {
      heading: 'Batches',
      blocks: [
        {
          kind: 'table',
          head: ['Batch', 'Loaves', ''],
          rows: [
            ['1', '30', { bar: 1, tone: 'neutral' }],
            ['2', '10', { bar: 1 / 3, tone: 'bad' }],
          ],
        },
        { kind: 'table', head: ['Burnt'], rows: [] },
      ],
    },
  ],
  footer: 'The bakery.',
};
