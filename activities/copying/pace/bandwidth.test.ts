import { describe, expect, it } from 'vitest';
import type { CopyingPolicy } from '../../../contracts/inventory.ts';
import { bandwidthAt, reserve } from './bandwidth.ts';

type Policy = Pick<CopyingPolicy, 'bandwidth' | 'timetable' | 'timezone'>;
type Row = Policy['timetable'][number];

const row = (changes: Partial<Row>): Row => ({
  days: [],
  from: '08:00',
  to: '18:00',
  bandwidth: 10,
  ...changes,
});
const at = (policy: Partial<Policy>, time: string): number | null =>
  bandwidthAt({ bandwidth: 99, timetable: [], timezone: 'UTC', ...policy }, new Date(time));

describe('the timetable', () => {
  it('replaces the bandwidth while a row holds', () => {
    const policy = { timetable: [row({})] };
    expect(at(policy, '2026-03-02T07:59:59Z')).toBe(99);
    expect(at(policy, '2026-03-02T08:00:00Z')).toBe(10);
    expect(at(policy, '2026-03-02T17:59:59Z')).toBe(10);
    expect(at(policy, '2026-03-02T18:00:00Z')).toBe(99);
  });

  it('goes by the first row that holds, which may lift the limit', () => {
    const policy = { timetable: [row({ from: '12:00', to: '13:00', bandwidth: null }), row({})] };
    expect(at(policy, '2026-03-02T12:30:00Z')).toBeNull();
    expect(at(policy, '2026-03-02T13:30:00Z')).toBe(10);
  });

  it('is read in its own time zone, also when the clocks change', () => {
    const policy = { timetable: [row({})], timezone: 'Europe/Berlin' };
    expect(at(policy, '2026-03-02T07:00:00Z')).toBe(10);
    expect(at(policy, '2026-03-30T06:00:00Z')).toBe(10);
    expect(at(policy, '2026-03-30T05:59:00Z')).toBe(99);
  });

  it('knows the days, and a row over midnight belongs to the day on which it begins', () => {
    // 2026-03-06 is a Friday.
    const policy = { timetable: [row({ days: ['fri'], from: '22:00', to: '06:00' })] };
    expect(at(policy, '2026-03-06T05:00:00Z')).toBe(99);
    expect(at(policy, '2026-03-06T23:00:00Z')).toBe(10);
    expect(at(policy, '2026-03-07T05:59:00Z')).toBe(10);
    expect(at(policy, '2026-03-07T06:00:00Z')).toBe(99);
    expect(at(policy, '2026-03-07T23:00:00Z')).toBe(99);
  });

  it('takes midnight for the beginning of a day', () => {
    expect(
      at({ timetable: [row({ days: ['sat'], from: '00:00', to: '01:00' })] }, '2026-03-07T00:00:00Z'),
    ).toBe(10);
  });
});

describe('the meter', () => {
  it('lets as many bytes through in a second as the limit says, however they are cut', () => {
    for (const piece of [10, 1000, 50_000]) {
      let [freeAtMs, nowMs, bytes] = [0, 1_000_000, 0];
      while (nowMs < 1_010_000) {
        const { waitMs, freeAtMs: next } = reserve(freeAtMs, piece, 10_000, nowMs);
        freeAtMs = next;
        nowMs += waitMs;
        bytes += piece;
      }
      expect(bytes / 10).toBeGreaterThanOrEqual(10_000);
      expect(bytes / 10).toBeLessThanOrEqual(10_000 + 200 + piece);
    }
  });
});
