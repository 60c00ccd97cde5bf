import { ArrowDownToLine, X } from 'lucide-react';
import { memo, useMemo, useRef, useState } from 'react';
import { about } from '@/actions/about';
import type { Event, OperationKind, OperationView, StackKey } from '@/api/backend';
import { Button } from '@/components/button';
import { CheckField } from '@/components/check-field';
import { CopyButton } from '@/components/copy-button';
import { LineHint } from '@/components/hint';
import { Select } from '@/components/select';
import { count, keyName, timeOfDay } from '@/format';
import type { EventFilter } from '@/router';
import { toneText } from '@/status/statuses';
import { describe } from './describe-event';
import { useMarkedLines } from './use-marked-lines';
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
        <CopyButton
          text={() => shown.map((event) => lineText(event, kind)).join('\n')}
          label="Copy these events"
        />
        {filtered ? (
          <Button look="quiet" size="small" icon={X} onClick={() => onFilter(everyEvent)}>
            Show all
          </Button>
        ) : null}
      </div>
      {/* Another filter is another list: it begins at its own end. */}
      <Lines
        key={`${filter.of} ${filter.failures}`}
        deployment={view.start.deployment_id}
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
  deployment,
  place,
  kind,
  events,
  none,
}: {
  deployment: string;
  place: string;
  kind: OperationKind;
  events: Event[];
  none: string;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const { first, unseen, following, onScroll, jump } = useTail(place, scroller, events.length, LINE, SIGHT);
  const { kept, ...marking } = useMarkedLines(list, events.length, (from, to) =>
    events
      .slice(from, to + 1)
      .map((event) => lineText(event, kind))
      .join('\n'),
  );
  const from = Math.max(0, first - BEYOND);
  const to = Math.min(events.length, first + Math.ceil(SIGHT / LINE) + BEYOND);
  const shown = [...new Set([...kept, ...range(from, to)])].sort((a, b) => a - b);
  const [cut, setCut] = useState<string | null>(null);
  return (
    <div className="relative border-t bg-canvas" style={{ height: SIGHT }}>
      <LineHint text={cut}>
        <div
          ref={scroller}
          role="log"
          aria-live="off"
          aria-label="Events"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
          tabIndex={0}
          onScroll={onScroll}
          onPointerOver={({ target }) => setCut(cutOff(target))}
          onPointerLeave={() => setCut(null)}
          {...marking}
          className="absolute inset-0 overflow-y-auto py-1 -outline-offset-2"
        >
          {events.length === 0 ? <p className="px-4 py-1 text-faint">{none}</p> : null}
          <ol ref={list} className="relative" style={{ height: events.length * LINE }}>
            {shown.map((index) => {
              const event = events[index];
              return event ? (
                <EventLine key={event.seq} deployment={deployment} event={event} kind={kind} index={index} />
              ) : null;
            })}
          </ol>
        </div>
      </LineHint>
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

const range = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);

/** The text of the line at an element, where not all of it is in sight. */
function cutOff(target: EventTarget): string | null {
  const line = target instanceof Element ? target.closest<HTMLElement>('[data-line]') : null;
  return line && line.scrollWidth > line.clientWidth ? line.textContent : null;
}

/** Its parts stand in one text with what is between them, so that it is marked and copied as one line. */
const EventLine = memo(function EventLine({
  deployment,
  event,
  kind,
  index,
}: {
  deployment: string;
  event: Event;
  kind: OperationKind;
  index: number;
}) {
  const { stack, text, detail, tone } = describe(event, kind);
  const key = keyOf(event);
  return (
    <li
      data-line={index}
      {...about({
        about: 'line',
        deployment,
        line: lineText(event, kind),
        stack: key?.stack ?? '',
        environment: key?.environment ?? '',
      })}
      className="absolute inset-x-0 truncate px-4 text-sm leading-6 whitespace-pre"
      style={{ height: LINE, transform: `translateY(${index * LINE}px)` }}
    >
      <time dateTime={happenedAt(event)} className="text-faint">
        {timeOfDay(happenedAt(event))}
      </time>
      {stack ? (
        <>
          {GAP}
          <span className="font-medium">{stack}</span>
        </>
      ) : null}
      {GAP}
      <span className={toneText[tone]}>{text}</span>
      {detail ? (
        <>
          {GAP}
          <span className="text-soft">{oneLine(detail)}</span>
        </>
      ) : null}
    </li>
  );
});

/** What stands between the parts of a line. */
const GAP = '  ';

/** A reason of CloudFormation's may have lines of its own. */
const oneLine = (text: string) => text.replace(/\s*\n\s*/g, ' ');

/** An event as one line of text. */
function lineText(event: Event, kind: OperationKind): string {
  const { stack, text, detail } = describe(event, kind);
  return [timeOfDay(happenedAt(event)), stack, text, oneLine(detail)].filter(Boolean).join(GAP);
}

/** The stack that an event is about. */
function keyOf(event: Event): StackKey | undefined {
  if (event.event === 'approval_needed') return event.review.key;
  return 'key' in event ? event.key : undefined;
}

/** CloudFormation may be asked only later what became of a resource. */
const happenedAt = (event: Event) => (event.event === 'resource' ? event.happened_at : event.at);

function matches(event: Event, kind: OperationKind, { of, failures }: EventFilter): boolean {
  if (failures && describe(event, kind).tone !== 'bad') return false;
  const key = keyOf(event);
  return of === '' || (key !== undefined && keyName(key) === of);
}
