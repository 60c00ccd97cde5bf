import { Tooltip } from '@base-ui/react/tooltip';
import type { ReactElement } from 'react';

/** A word that appears on hover and focus. It repeats or explains; nothing is said only here. */
export function Hint({ text, children }: { text: string; children: ReactElement }) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger render={children} />
      <Tooltip.Portal>
        <Tooltip.Positioner sideOffset={6} className="pointer-events-none z-30">
          <Tooltip.Popup className="max-w-80 rounded-md bg-ink px-2 py-1 text-sm text-canvas shadow-pop">
            {text}
          </Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
