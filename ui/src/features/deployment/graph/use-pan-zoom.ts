/** Moving about in a picture: dragged by the pointer, zoomed by the wheel. */
import {
  type PointerEvent,
  type RefObject,
  type SetStateAction,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { type Size, type View, zoomAt } from './viewport';

/** How far a pointer goes, in pixels, before a press is a drag and no click. */
const DRAG = 4;

/** The view of a canvas, which begins with `first` and is `null` until the canvas has a size, and that size in pixels. */
export function usePanZoom(canvas: RefObject<HTMLElement | null>, first: (into: Size) => View) {
  const [view, setView] = useState<View | null>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  const drag = useRef<{ x: number; y: number; from: View; moved: boolean } | null>(null);

  const touched = useRef(false);
  const move = useCallback((change: SetStateAction<View | null>) => {
    touched.current = true;
    setView(change);
  }, []);

  const begin = useRef(first);
  useLayoutEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const look = () => {
      const now = sizeOf(element);
      setSize((old) => (old.width === now.width && old.height === now.height ? old : now));
      // Until somebody moves about, another size of the window is another first sight.
      if (!touched.current) setView(begin.current(now));
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, [canvas]);

  useEffect(() => {
    const element = canvas.current;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const { left, top } = (event.currentTarget as HTMLElement).getBoundingClientRect();
      const point = { x: event.clientX - left, y: event.clientY - top };
      move((now) => now && zoomAt(now, point, 2 ** (-event.deltaY / 300)));
    };
    // React's own listeners cannot keep the page from scrolling.
    element?.addEventListener('wheel', onWheel, { passive: false });
    return () => element?.removeEventListener('wheel', onWheel);
  }, [canvas, move]);

  const handlers = {
    onPointerDown: (event: PointerEvent) => {
      if (event.button === 0 && view) {
        drag.current = { x: event.clientX, y: event.clientY, from: view, moved: false };
      }
    },
    onPointerMove: (event: PointerEvent) => {
      const now = drag.current;
      if (!now) return;
      const [x, y] = [event.clientX - now.x, event.clientY - now.y];
      if (!now.moved && Math.hypot(x, y) < DRAG) return;
      if (!now.moved) event.currentTarget.setPointerCapture(event.pointerId);
      now.moved = true;
      move({ ...now.from, x: now.from.x + x, y: now.from.y + y });
    },
    // The pointer's capture keeps the click from what lies under it.
    onPointerUp: () => {
      drag.current = null;
    },
    onPointerCancel: () => {
      drag.current = null;
    },
  };
  return { view, size, move, handlers };
}

const sizeOf = ({ clientWidth, clientHeight }: HTMLElement): Size => ({
  width: clientWidth,
  height: clientHeight,
});
