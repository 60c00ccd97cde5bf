import { ArrowDownToLine } from 'lucide-react';
import { memo, useRef, useState } from 'react';
import { about } from '@/actions/about';
import type { Event, OperationKind } from '@/api/backend';
import { Button } from '@/components/controls/button';
import { LineHint } from '@/components/controls/hint';
import { timeOfDay } from '@/format';
import { toneText } from '@/status/statuses';
import { describe } from './describe-event';
import { GAP, happenedAt, keyOf, lineText, oneLine } from './line-text';
import { useMarkedLines } from './use-marked-lines';
import { useTail } from './use-tail';

/** Pixels of a line, and of what is in sight of the list. */
const LINE = 24;
const SIGHT = 224;

/** How many lines are drawn beyond both ends of what is in sight. */
const BEYOND = 10;

/**
 * The lines themselves, as many as are in sight; `place` is what their scroll position is kept under. All are of one
 * height, so that nothing has to be measured, however many there are.
 */
export function Lines({
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
