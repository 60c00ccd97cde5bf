import type { KeyboardEvent, PointerEvent } from 'react';
import { LEAST, USUAL, type Width } from './width';

/** Pixels by which a key makes the panel wider or narrower. */
const STEP = 16;

/** The left edge of a panel, which makes it wider or narrower: drawn by the pointer, moved by the arrows. */
export function Edge({ controls, width, most, resize }: Width & { controls: string }) {
  const keys: Record<string, number> = {
    ArrowLeft: width + STEP,
    ArrowRight: width - STEP,
    Home: LEAST,
    End: most,
    Enter: USUAL,
  };

  function onKeyDown(event: KeyboardEvent) {
    const next = keys[event.key];
    if (next === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    resize(next);
  }

  function onPointerMove({ currentTarget, pointerId, clientX }: PointerEvent) {
    const panel = currentTarget.parentElement;
    if (!panel || !currentTarget.hasPointerCapture(pointerId)) return;
    resize(panel.getBoundingClientRect().right - clientX);
  }

  return (
    // A focusable separator is a widget (ARIA 1.2), which no element of HTML is.
    // biome-ignore lint/a11y/useSemanticElements: <hr> is none that can be moved
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the panel"
      aria-controls={controls}
      aria-valuemin={LEAST}
      aria-valuemax={most}
      aria-valuenow={width}
      tabIndex={0}
      title="Drag to resize; double-click for the usual width"
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        // The text of the panel is not marked on the way.
        event.preventDefault();
        event.currentTarget.focus();
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={onPointerMove}
      onDoubleClick={() => resize(USUAL)}
      className="absolute inset-y-0 -left-1 z-10 w-2 cursor-col-resize touch-none after:absolute after:inset-y-0 after:left-[3px] after:w-0.5 hover:after:bg-accent focus-visible:outline-none focus-visible:after:bg-accent active:after:bg-accent"
    />
  );
}
