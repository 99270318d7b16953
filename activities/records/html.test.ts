import { expect, test } from 'vitest';
import type { Document } from './document.ts';
import { renderHtml } from './html.ts';
import { BREAD } from '../../test/records/bread.ts';

const tags = (page: string): string[] => page.match(/<\/?[a-z0-9]+/gi) ?? [];

test('HTML has all of it, and needs nothing from a network', () => {
  const page = renderHtml(BREAD);
  for (const text of [
    '<title>Bread of Tuesday - baked</title>',
    '<header class="good">',
    '<b>40</b>',
    '<dt>flour</dt>',
    '<code>R_7</code>',
    '<rect class="neutral"',
    '<g class="waiting">',
    'the dough rests</text>',
    '<i class="waiting"></i>nobody works',
    '<b>Knead</b>',
    '<span class="label bad">by hand</span>',
    '<code>knead --slow</code>',
    '<span class="bar bad" style="width:53px">',
    '<p class="none">None.</p>',
    'The bakery.',
  ])
    expect(page).toContain(text);
  expect(page).not.toMatch(/<script|<link|<img|\ssrc=|\shref=|@import|url\(/);
});

test('HTML escapes a string wherever it stands', () => {
  const evil = '<img src=x onerror="a">\'&\u202e';
  const everywhere = JSON.parse(
    JSON.stringify(BREAD, (key, value: unknown) =>
      typeof value === 'string' && !['kind', 'tone', 'from', 'to'].includes(key) ? evil : value,
    ),
  ) as Document;
  const page = renderHtml(everywhere);
  expect(tags(page)).toEqual(tags(renderHtml(BREAD)));
  expect(page).toContain('&lt;img src=x onerror=&quot;a&quot;&gt;&#39;&amp;\ufffd');
});
