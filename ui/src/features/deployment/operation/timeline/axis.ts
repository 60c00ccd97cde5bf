/** A time axis: where its marks stand and what they say. */
import { duration } from '@/format';

const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];

/** How many seconds an axis shows, and its marks. */
export type Axis = { length: number; marks: { at: number; label: string }[] };

/** How many seconds an axis shows that has to hold `seconds`, and its marks, the last one inside. */
export function axis(seconds: number): Axis {
  const length = Math.max(seconds * 1.03, 5);
  const step = steps.find((step) => length / step <= 7) ?? 86_400 * Math.ceil(length / 86_400 / 7);
  const marks = Array.from({ length: Math.floor(length / step) + 1 }, (_, n) => ({
    at: n * step,
    label: duration(n * step * 1000),
  }));
  return { length, marks };
}
