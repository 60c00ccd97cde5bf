import { type RefObject, type UIEvent, useLayoutEffect, useRef, useState } from 'react';

/** Where a list was left: how far it was scrolled and how many lines it had; none: it followed its end. */
type Left = { top: number; lines: number };

/** The lists that were left off their ends, by name. Coming back finds them as they were. */
const left = new Map<string, Left>();

/** A list of lines of one height that follows its newest line until the user scrolls up; heights in pixels. */
export function useTail(
  place: string,
  scroller: RefObject<HTMLElement | null>,
  lines: number,
  lineHeight: number,
  sight: number,
) {
  const [stays, setStays] = useState(left.get(place) ?? null);
  const restored = useRef(false);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element || lines === 0) return;
    if (stays === null) {
      element.scrollTop = lines * lineHeight;
    } else if (!restored.current) {
      element.scrollTop = stays.top;
    }
    restored.current = true;
  }, [stays, lines, lineHeight, scroller]);

  function settle(next: Left | null) {
    if (next) left.set(place, next);
    else left.delete(place);
    setStays(next);
  }

  return {
    /** The first line in sight. */
    first: Math.max(0, Math.floor((stays?.top ?? lines * lineHeight - sight) / lineHeight)),
    following: stays === null,
    /** Lines that have come since the user left the end. */
    unseen: stays === null ? 0 : Math.max(0, lines - stays.lines),
    onScroll: ({ currentTarget: { scrollTop, clientHeight, scrollHeight } }: UIEvent<HTMLElement>) => {
      const atEnd = scrollTop + clientHeight >= scrollHeight - lineHeight;
      settle(atEnd ? null : { top: scrollTop, lines: stays?.lines ?? lines });
    },
    jump: () => settle(null),
  };
}
