import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDownToLine } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { Event } from '@/api/backend';
import { Button } from '@/components/button';
import { timeOfDay } from '@/format';
import { toneText } from '@/status/statuses';
import { describe } from './describe-event';

const LINE = 24;

/** Every event of an operation. It follows the newest one until the user scrolls up. */
export function EventList({ events }: { events: Event[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const [following, setFollowing] = useState(true);
  const virtual = useVirtualizer({
    count: events.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE,
    overscan: 10,
  });

  useEffect(() => {
    if (following && scroller.current && events.length > 0) {
      scroller.current.scrollTop = events.length * LINE;
    }
  }, [following, events.length]);

  return (
    <div className="relative h-56 min-w-0 border-t bg-canvas @4xl:h-auto @4xl:min-h-52 @4xl:border-t-0 @4xl:border-l">
      <div
        ref={scroller}
        role="log"
        aria-live="off"
        aria-label="Events"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) =>
          setFollowing(scrollTop + clientHeight >= scrollHeight - LINE)
        }
        // As high as the stacks beside it.
        className="absolute inset-0 overflow-y-auto py-1 -outline-offset-2"
      >
        <ol className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const event = events[item.index];
            return event ? <EventLine key={event.seq} event={event} top={item.start} /> : null;
          })}
        </ol>
      </div>
      {following ? null : (
        <div className="absolute right-4 bottom-3">
          <Button size="small" icon={ArrowDownToLine} onClick={() => setFollowing(true)}>
            Follow
          </Button>
        </div>
      )}
    </div>
  );
}

function EventLine({ event, top }: { event: Event; top: number }) {
  const { stack, text, detail, tone } = describe(event);
  const whole = [stack, text, detail].filter(Boolean).join(' · ');
  return (
    <li
      className="absolute inset-x-0 flex items-center gap-2.5 px-3 text-sm whitespace-nowrap"
      style={{ height: LINE, transform: `translateY(${top}px)` }}
      title={whole}
    >
      <time dateTime={event.at} className="shrink-0 text-faint">
        {timeOfDay(event.at)}
      </time>
      {stack ? <span className="max-w-28 shrink-0 truncate font-medium">{stack}</span> : null}
      <span className={`shrink-0 ${toneText[tone]}`}>{text}</span>
      <span className="min-w-0 truncate text-soft">{detail}</span>
    </li>
  );
}
