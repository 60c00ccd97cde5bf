import type { Event, OperationKind, StackKey } from '@/api/backend';
import { keyName, timeOfDay } from '@/format';
import type { EventFilter } from '@/router';
import { describe } from './describe-event';

/** What stands between the parts of a line. */
export const GAP = '  ';

/** A reason of CloudFormation's may have lines of its own. */
export const oneLine = (text: string) => text.replace(/\s*\n\s*/g, ' ');

/** An event as one line of text. */
export function lineText(event: Event, kind: OperationKind): string {
  const { stack, text, detail } = describe(event, kind);
  return [timeOfDay(happenedAt(event)), stack, text, oneLine(detail)].filter(Boolean).join(GAP);
}

/** The stack that an event is about. */
export function keyOf(event: Event): StackKey | undefined {
  if (event.event === 'approval_needed') return event.review.key;
  return 'key' in event ? event.key : undefined;
}

/** CloudFormation may be asked only later what became of a resource. */
export const happenedAt = (event: Event) => (event.event === 'resource' ? event.happened_at : event.at);

/** Whether a filter lets an event through. */
export function matches(event: Event, kind: OperationKind, { of, failures }: EventFilter): boolean {
  if (failures && describe(event, kind).tone !== 'bad') return false;
  const key = keyOf(event);
  return of === '' || (key !== undefined && keyName(key) === of);
}
