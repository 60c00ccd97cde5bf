import { ArrowDownToLine, X } from 'lucide-react';
import { memo, useMemo, useRef } from 'react';
import type { Event, OperationKind, OperationView } from '@/api/backend';
import { Button } from '@/components/button';
import { CheckField } from '@/components/check-field';
import { Select } from '@/components/select';
import { count, keyName, timeOfDay } from '@/format';
import type { EventFilter } from '@/router';
import { toneText } from '@/status/statuses';
import { describe } from './describe-event';
import { useTail } from './use-tail';

/** Pixels of a line, and of what is in sight of the list. */
const LINE = 24;
const SIGHT = 224;

/** How many lines are drawn beyond both ends of what is in sight. */
const BEYOND = 10;

export const everyEvent: EventFilter = { of: '', failures: false };

/** The events of an operation. The list follows the newest one until the user scrolls up. */
export const EventList = memo(function EventList({
  view,
  events,
  filter,
  onFilter,
}: {
  view: OperationView;
  events: Event[];
  filter: EventFilter;
  onFilter: (filter: EventFilter) => void;
}) {
  const { kind } = view.start;
  const several = view.start.environments.length > 1;
  const filtered = filter.of !== '' || filter.failures;
  const shown = useMemo(
    () => (filtered ? events.filter((event) => matches(event, kind, filter)) : events),
    [events, filter, filtered, kind],
  );
  return (
    <div className="border-t">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-1.5">
        <h3 className="font-semibold">Events</h3>
        <Select
          label="Stack"
          value={filter.of}
          choices={[
            { value: '', label: 'All stacks' },
            ...view.stacks.map(({ key }) => ({
              value: keyName(key),
              label: several ? `${key.stack} in ${key.environment}` : key.stack,
            })),
          ]}
          onChange={(of) => onFilter({ ...filter, of })}
        />
        <CheckField
          label="Failures only"
          checked={filter.failures}
          onChange={(failures) => onFilter({ ...filter, failures })}
        />
        <p className="ml-auto text-sm text-faint">
          {filtered ? `${shown.length} of ${count(events.length, 'event')}` : count(events.length, 'event')}
        </p>
        {filtered ? (
          <Button look="quiet" size="small" icon={X} onClick={() => onFilter(everyEvent)}>
            Show all
          </Button>
        ) : null}
      </div>
      {/* Another filter is another list: it begins at its own end. */}
      <Lines
        key={`${filter.of} ${filter.failures}`}
        place={`${view.id} ${filter.of} ${filter.failures}`}
        kind={kind}
        events={shown}
        none={filtered ? 'No event fits.' : 'Nothing has happened yet.'}
      />
    </div>
  );
});

/**
 * The lines themselves, as many as are in sight; `place` is what their scroll position is kept under. All are of one
 * height, so that nothing has to be measured, however many there are.
 */
function Lines({
  place,
  kind,
  events,
  none,
}: {
  place: string;
  kind: OperationKind;
  events: Event[];
  none: string;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const { first, unseen, following, onScroll, jump } = useTail(place, scroller, events.length, LINE, SIGHT);
  const from = Math.max(0, first - BEYOND);
  const shown = events.slice(from, first + Math.ceil(SIGHT / LINE) + BEYOND);
  return (
    <div className="relative border-t bg-canvas" style={{ height: SIGHT }}>
      <div
        ref={scroller}
        role="log"
        aria-live="off"
        aria-label="Events"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={onScroll}
        className="absolute inset-0 overflow-y-auto py-1 -outline-offset-2"
      >
        {events.length === 0 ? <p className="px-4 py-1 text-faint">{none}</p> : null}
        <ol className="relative" style={{ height: events.length * LINE }}>
          {shown.map((event, index) => (
            <EventLine key={event.seq} event={event} kind={kind} top={(from + index) * LINE} />
          ))}
        </ol>
      </div>
      {following ? null : (
        <div className="absolute right-4 bottom-3">
          <Button size="small" icon={ArrowDownToLine} onClick={jump}>
            {unseen > 0 ? `Jump to latest (${unseen} new)` : 'Jump to latest'}
          </Button>
        </div>
      )}
    </div>
  );
}

const EventLine = memo(function EventLine({
  event,
  kind,
  top,
}: {
  event: Event;
  kind: OperationKind;
  top: number;
}) {
  const { stack, text, detail, tone } = describe(event, kind);
  const whole = [stack, text, detail].filter(Boolean).join(' · ');
  return (
    <li
      className="absolute inset-x-0 flex items-center gap-2.5 px-4 text-sm whitespace-nowrap"
      style={{ height: LINE, transform: `translateY(${top}px)` }}
      title={whole}
    >
      <time dateTime={happenedAt(event)} className="shrink-0 text-faint">
        {timeOfDay(happenedAt(event))}
      </time>
      {stack ? <span className="max-w-40 shrink-0 truncate font-medium">{stack}</span> : null}
      <span className={`shrink-0 ${toneText[tone]}`}>{text}</span>
      <span className="min-w-0 truncate text-soft">{detail}</span>
    </li>
  );
});

/** CloudFormation may be asked only later what became of a resource. */
const happenedAt = (event: Event) => (event.event === 'resource' ? event.happened_at : event.at);

function matches(event: Event, kind: OperationKind, { of, failures }: EventFilter): boolean {
  if (failures && describe(event, kind).tone !== 'bad') return false;
  if (of === '') return true;
  if (event.event === 'approval_needed') return keyName(event.review.key) === of;
  return 'key' in event && event.key !== undefined && keyName(event.key) === of;
}
