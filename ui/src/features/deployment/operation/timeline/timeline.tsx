import { useVirtualizer } from '@tanstack/react-virtual';
import { Route as Path } from 'lucide-react';
import { type KeyboardEvent, memo, useEffect, useMemo, useRef, useState } from 'react';
import type { Forecast, OperationView, StackKey } from '@/api/backend';
import { useNow } from '@/clock';
import { keyName } from '@/format';
import { axis } from './axis';
import { noteOf } from './run-words';
import { TimelineRow } from './timeline-row';

const ROW = 28;

/** Where the keys lead from a row, in a list of so many. */
const moves: Record<string, (at: number, last: number) => number> = {
  ArrowDown: (at, last) => Math.min(at + 1, last),
  ArrowUp: (at) => Math.max(at - 1, 0),
  Home: () => 0,
  End: (_, last) => last,
};

/**
 * When each stack of an operation ran, runs, or is expected to: one bar each, on one axis of time. It is not drawn
 * again where only events came.
 */
export const Timeline = memo(function Timeline({
  view,
  forecast,
  hrefOf,
}: {
  view: OperationView;
  forecast: Forecast | undefined;
  /** The address of a stack. */
  hrefOf: (key: StackKey) => string;
}) {
  const { stacks, start, started_at, ended_at } = view;
  const scroller = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(0);
  const began = Date.parse(started_at);
  // In whole seconds while it runs: that often the bars grow.
  const elapsed = useNow((now) =>
    ended_at === null ? Math.max(0, Math.round((now - began) / 1000)) : (Date.parse(ended_at) - began) / 1000,
  );
  const expected = new Map(forecast?.stacks.map((stack) => [keyName(stack.key), stack]));
  const ends = forecast?.stacks.map(({ to }) => to ?? 0) ?? [];
  const longest = Math.max(elapsed, ...ends);
  const scale = useMemo(() => axis(longest), [longest]);
  const { length, marks } = scale;
  const several = start.environments.length > 1;
  const ended = new Set(stacks.filter(({ phase }) => phase === 'ended').map(({ key }) => keyName(key)));
  const virtual = useVirtualizer({
    count: stacks.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 6,
  });

  // Long operations are followed: what runs stays in sight until the user looks elsewhere.
  const firstOpen = stacks.findIndex(({ phase }) => phase !== 'ended');
  const followed = useRef(true);
  useEffect(() => {
    if (followed.current && firstOpen > 0)
      virtual.scrollToIndex(Math.max(0, firstOpen - 2), { align: 'start' });
  }, [firstOpen, virtual]);
  const leave = () => {
    followed.current = false;
  };

  function onKeyDown(event: KeyboardEvent) {
    const next = moves[event.key]?.(at, stacks.length - 1);
    if (next === undefined) return;
    event.preventDefault();
    leave();
    setAt(next);
    virtual.scrollToIndex(next);
    const focus = () => {
      const row = scroller.current?.querySelector<HTMLElement>(`[data-row="${next}"]`);
      row?.focus();
      return row;
    };
    // A row that is far away has to be drawn first.
    if (!focus()) requestAnimationFrame(focus);
  }

  return (
    <div className="border-t">
      <div aria-hidden className="flex h-6 items-end gap-3 px-4 text-xs text-faint">
        <span className="flex w-[24%] shrink-0 items-center gap-1.5 self-center">
          {forecast?.stacks.some(({ critical }) => critical) ? (
            <>
              <Path size={12} className="shrink-0" />
              <span className="truncate">decides when it ends</span>
            </>
          ) : null}
        </span>
        <span className="w-32 shrink-0" />
        <span className="relative h-4 min-w-0 flex-1">
          {marks.map(({ at, label }) => (
            <span
              key={at}
              className="absolute bottom-0.5 -translate-x-1/2 first:translate-x-0"
              style={{ left: `${(at / length) * 100}%` }}
            >
              {label}
            </span>
          ))}
        </span>
        <span className="w-[7.25rem] shrink-0" />
      </div>
      {/* As many rows as fit without pushing the events out of sight. */}
      <div
        ref={scroller}
        onWheel={leave}
        onPointerDown={leave}
        className="max-h-[min(20rem,45vh)] overflow-y-auto"
      >
        <ul
          aria-label="Stacks of the operation"
          onKeyDown={onKeyDown}
          onFocus={({ target }) => {
            const row = target instanceof HTMLElement ? target.dataset.row : undefined;
            if (row !== undefined) setAt(Number(row));
          }}
          className="relative"
          style={{ height: virtual.getTotalSize() }}
        >
          {virtual.getVirtualItems().map(({ index, start: top }) => {
            const run = stacks[index];
            return run ? (
              <TimelineRow
                key={keyName(run.key)}
                deployment={start.deployment_id}
                beside={scroller}
                kind={start.kind}
                run={run}
                index={index}
                top={top}
                height={ROW}
                expected={expected.get(keyName(run.key))}
                started={began}
                elapsed={elapsed}
                axis={scale}
                over={ended_at !== null}
                several={several}
                note={noteOf(
                  run,
                  run.waits_for.filter((key) => !ended.has(keyName(key))),
                  several,
                )}
                href={hrefOf(run.key)}
                inTabOrder={index === Math.min(at, stacks.length - 1)}
              />
            ) : null;
          })}
        </ul>
      </div>
    </div>
  );
});
