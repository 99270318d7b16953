// Do two crons mean the same? The registry may write a schedule or a duration in other words than it was given (`@weekly`,
// `15m0s`), and a schedule that is right must not be put back again and again.

import { canonicalJson } from '../../canonical-json.ts';
import type { Cron } from './collection.ts';

/** dtr-msr.md §3.4: six fields, seconds first; the names are those of Go's cron. */
const NAMES: Record<string, string> = {
  '@yearly': '0 0 0 1 1 *',
  '@annually': '0 0 0 1 1 *',
  '@monthly': '0 0 0 1 * *',
  '@weekly': '0 0 0 * * 0',
  '@daily': '0 0 0 * * *',
  '@midnight': '0 0 0 * * *',
  '@hourly': '0 0 * * * *',
};
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MONTHS = ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const UNIT_MS: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

export const isSameCron = (a: Cron, b: Cron): boolean =>
  a.action === b.action &&
  meaningOfSchedule(a.schedule) === meaningOfSchedule(b.schedule) &&
  a.retries === b.retries &&
  meaningOfDuration(a.deadline) === meaningOfDuration(b.deadline) &&
  meaningOfDuration(a.stopTimeout) === meaningOfDuration(b.stopTimeout) &&
  canonicalJson(a.parameters ?? {}) === canonicalJson(b.parameters ?? {}) &&
  canonicalJson(a.capacityMap ?? {}) === canonicalJson(b.capacityMap ?? {});

function meaningOfSchedule(schedule: string): string {
  const text = schedule.trim().toLowerCase();
  return (NAMES[text] ?? text)
    .split(/\s+/)
    .map((field) => field.replaceAll('?', '*').replaceAll(/[a-z]+/g, numberOf))
    .map((field) => field.replaceAll(/\b0+(\d)/g, '$1').replaceAll('*/1', '*'))
    .map((field, at) => (at === 5 ? field.replaceAll('7', '0') : field))
    .join(' ');
}

function numberOf(name: string): string {
  const at = [WEEKDAYS, MONTHS].map((names) => names.indexOf(name)).find((found) => found >= 0);
  return at === undefined ? name : String(at);
}

/** Of Go: `1h0m0s`, `15m`; empty: none. What is no duration means itself. */
function meaningOfDuration(text: string): number | string {
  if (text === '' || text === '0') return 0;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  if (parts.map(([part]) => part).join('') !== text) return text;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * UNIT_MS[unit!]!, 0);
}
