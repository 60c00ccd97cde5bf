import { Tooltip } from '@base-ui/react/tooltip';
import type { ReactElement, ReactNode, RefObject } from 'react';

/** A tooltip stands below the list that it tells of a line of, where it covers no other line. */
const BELOW = { side: 'bottom', align: 'start' } as const;

/**
 * A word that appears on hover and focus. It repeats or explains; nothing is said only here. `beside`: the list of which
 * the child is a line.
 */
export function Hint({
  text,
  beside,
  children,
}: {
  text: string;
  beside?: RefObject<HTMLElement | null>;
  children: ReactElement;
}) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger render={children} />
      <Popup place={beside && { anchor: beside, ...BELOW }}>{text}</Popup>
    </Tooltip.Root>
  );
}

/** The same for a list that knows which of its lines the pointer is on; `null`: none that there is more to tell of. */
export function LineHint({ text, children }: { text: string | null; children: ReactElement }) {
  return (
    <Tooltip.Root open={text !== null}>
      <Tooltip.Trigger render={children} />
      <Popup place={BELOW}>{text}</Popup>
    </Tooltip.Root>
  );
}

function Popup({
  place,
  children,
}: {
  place: Pick<Tooltip.Positioner.Props, 'anchor' | 'side' | 'align'> | undefined;
  children: ReactNode;
}) {
  return (
    <Tooltip.Portal>
      <Tooltip.Positioner sideOffset={6} {...place} className="pointer-events-none z-30">
        <Tooltip.Popup
          className={`rounded-md bg-ink px-2 py-1 text-sm break-words text-canvas shadow-pop ${place ? 'max-w-[min(48rem,var(--available-width))]' : 'max-w-80'}`}
        >
          {children}
        </Tooltip.Popup>
      </Tooltip.Positioner>
    </Tooltip.Portal>
  );
}
