import { Tooltip } from '@base-ui/react/tooltip';
import type { ReactElement, RefObject } from 'react';

/**
 * A word that appears on hover and focus. It repeats or explains; nothing is said only here. `beside`: the list of which
 * the child is a line. The word then stands below the list, where it covers no other line.
 */
export function Hint({
  text,
  beside,
  children,
}: {
  text: string | null;
  beside?: RefObject<HTMLElement | null>;
  children: ReactElement;
}) {
  const place = beside ? ({ anchor: beside, side: 'bottom', align: 'start' } as const) : {};
  return (
    <Tooltip.Root disabled={text === null}>
      <Tooltip.Trigger render={children} />
      <Tooltip.Portal>
        <Tooltip.Positioner sideOffset={6} {...place} className="pointer-events-none z-30">
          <Tooltip.Popup
            className={`rounded-md bg-ink px-2 py-1 text-sm break-words text-canvas shadow-pop ${beside ? 'max-w-[min(48rem,var(--available-width))]' : 'max-w-80'}`}
          >
            {text}
          </Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
