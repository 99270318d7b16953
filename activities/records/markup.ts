// HTML by tagged templates in which every value is escaped unless it is markup itself: forgetting to escape is not
// possible, only forgetting to trust.

import { oneLine } from '../../domain/text/plain-text.ts';

export type Markup = { readonly markup: string };
type Value = string | number | Markup | Value[];

export function html(strings: TemplateStringsArray, ...values: Value[]): Markup {
  const markup = strings.map((part, index) => part + (index < values.length ? render(values[index]!) : ''));
  return { markup: markup.join('') };
}

function render(value: Value): string {
  if (Array.isArray(value)) return value.map(render).join('');
  return typeof value === 'object' ? value.markup : escapeHtml(String(value));
}

const escapeHtml = (text: string): string =>
  oneLine(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');

/** For text that is in this repository, such as a style sheet. */
export const trusted = (markup: string): Markup => ({ markup });
