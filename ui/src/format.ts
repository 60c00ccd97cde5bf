/** How times, durations and counts are written. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** '3 min ago'; from a month on, the date. `at` is RFC 3339; a text that is no time is shown as it stands. */
export function ago(at: string, now: number): string {
  const then = Date.parse(at);
  if (Number.isNaN(then)) return at;
  const seconds = Math.max(0, Math.floor((now - then) / 1000));
  if (seconds < 10) return 'just now';
  if (seconds < MINUTE) return `${Math.floor(seconds / 10) * 10} s ago`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min ago`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h ago`;
  if (seconds < 30 * DAY) return `${count(Math.floor(seconds / DAY), 'day')} ago`;
  return date(at);
}

/** '2:07', '1:02:07'. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const parts = [Math.floor(seconds / MINUTE) % 60, seconds % 60];
  const hours = Math.floor(seconds / HOUR);
  const [first, ...rest] = hours > 0 ? [hours, ...parts] : parts;
  return [first, ...rest.map((part) => String(part).padStart(2, '0'))].join(':');
}

/** How long something is expected to take, no finer than it can be known: 'about 40 s', 'about 3 min', 'about 1 h 20 min'. */
export function roughly(seconds: number): string {
  if (seconds < 10) return 'a few seconds';
  if (seconds < 90) return `about ${Math.round(seconds / 10) * 10} s`;
  const minutes = Math.round(seconds / MINUTE);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (hours === 0) return `about ${minutes} min`;
  return rest === 0 ? `about ${hours} h` : `about ${hours} h ${rest} min`;
}

/** The day in UTC, as the files have it: '2025-10-30'. */
export function date(at: string): string {
  return Number.isNaN(Date.parse(at)) ? at : new Date(at).toISOString().slice(0, 10);
}

// Made once: making one takes longer than drawing the row that it is for.
const toTheSecond = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** The moment in this machine's zone, to the second. */
export function moment(at: string): string {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? at : toTheSecond.format(time);
}

/** The time of day in this machine's zone: '14:03:09'. */
export function timeOfDay(at: string): string {
  return new Date(at).toLocaleTimeString(undefined, { hourCycle: 'h23' });
}

/** A stack in an environment, as one word: 'network/dev'. */
export function keyName({ stack, environment }: { stack: string; environment: string }): string {
  return `${stack}/${environment}`;
}

/** 'a', 'a and b', 'a, b and c'. */
export function listed(names: string[]): string {
  return new Intl.ListFormat('en-GB').format(names);
}

/** A text that the backend gives in lower case, as a sentence of its own. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

/** '1 stack', '6 stacks'. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}
