import { expect, it } from 'vitest';
import { ago, count, date, duration, roughly, sentence, timeOfDay } from './format';

const now = Date.parse('2025-10-30T12:00:00Z');
const before = (seconds: number) => new Date(now - seconds * 1000).toISOString();

it.each([
  [before(-5), 'just now'],
  [before(9), 'just now'],
  [before(10), '10 s ago'],
  [before(59), '50 s ago'],
  [before(60), '1 min ago'],
  [before(3 * 60 + 59), '3 min ago'],
  [before(3600), '1 h ago'],
  [before(24 * 3600), '1 day ago'],
  [before(2 * 24 * 3600), '2 days ago'],
  ['2025-01-02T23:30:00Z', '2025-01-02'],
  ['yesterday', 'yesterday'],
])('%s is %s', (at, text) => {
  expect(ago(at, now)).toBe(text);
});

it('writes durations as clocks do', () => {
  expect([0, 7_400, 67_000, 3_727_000, -5].map(duration)).toEqual([
    '0:00',
    '0:07',
    '1:07',
    '1:02:07',
    '0:00',
  ]);
});

it('keeps the day of the file, whatever the zone, and shows what is no date as it stands', () => {
  expect(date('2025-10-30T00:46:48.258878Z')).toBe('2025-10-30');
  expect(date('soon')).toBe('soon');
});

it('tells the time of day from 00 to 23', () => {
  expect(timeOfDay(new Date(2025, 9, 30, 0, 46, 48).toISOString())).toBe('00:46:48');
});

it('counts', () => {
  expect([count(1, 'stack'), count(6, 'stack'), count(0, 'stack was', 'stacks were')]).toEqual([
    '1 stack',
    '6 stacks',
    '0 stacks were',
  ]);
});

it('makes sentences of what the backend says in lower case', () => {
  expect(['choose a profile', 'Is it there?'].map(sentence)).toEqual(['Choose a profile.', 'Is it there?']);
});

it.each([
  [3, 'a few seconds'],
  [44, 'about 40 s'],
  [89, 'about 90 s'],
  [95, 'about 2 min'],
  [372, 'about 6 min'],
  [3600, 'about 1 h'],
  [4800, 'about 1 h 20 min'],
])('%s seconds are expected as %s', (seconds, text) => {
  expect(roughly(seconds)).toBe(text);
});
