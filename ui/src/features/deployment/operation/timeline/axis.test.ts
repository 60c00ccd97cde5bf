import { expect, it } from 'vitest';
import { axis } from './axis';

it.each([
  [0, ['0:00', '0:01', '0:02', '0:03', '0:04', '0:05']],
  [8, ['0:00', '0:02', '0:04', '0:06', '0:08']],
  [95, ['0:00', '0:15', '0:30', '0:45', '1:00', '1:15', '1:30']],
  [7300, ['0:00', '30:00', '1:00:00', '1:30:00', '2:00:00']],
])('an axis of %s seconds has marks that are easy to read', (seconds, labels) => {
  const { length, marks } = axis(seconds);
  expect(marks.map(({ label }) => label)).toEqual(labels);
  expect(length).toBeGreaterThanOrEqual(seconds);
});

it('has room for weeks', () => {
  const { marks } = axis(40 * 86_400);
  expect(marks.length).toBeGreaterThan(1);
  expect(marks.length).toBeLessThanOrEqual(8);
});
