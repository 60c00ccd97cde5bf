import { Menu as Primitive } from '@base-ui/react/menu';
import { Ellipsis, type LucideIcon } from 'lucide-react';
import type { ReactElement } from 'react';
import { buttonClass } from './button';

export type MenuEntry = {
  label: string;
  icon: LucideIcon;
  /** Why it cannot be done now; shown under the label. */
  refused?: string | null;
  danger?: boolean;
  /** What there is to know before picking it. */
  note?: string;
  onPick: () => void;
};

/** A '…' button with further actions. */
export function OverflowMenu({ label, entries }: { label: string; entries: MenuEntry[] }) {
  return (
    <Menu
      trigger={
        <button type="button" aria-label={label} className={buttonClass('quiet', 'icon')}>
          <Ellipsis aria-hidden size={16} />
        </button>
      }
      entries={entries}
    />
  );
}

/** A button that opens a list of actions. */
export function Menu({ trigger, entries }: { trigger: ReactElement; entries: MenuEntry[] }) {
  return (
    <Primitive.Root>
      <Primitive.Trigger render={trigger} />
      <Primitive.Portal>
        <Primitive.Positioner sideOffset={4} align="end" className="z-20 outline-none">
          <Primitive.Popup className="max-w-80 min-w-52 rounded-lg border bg-raised p-1 shadow-pop outline-none">
            {entries.map(({ label: word, icon: Icon, refused, danger, note, onPick }) => (
              <Primitive.Item
                key={word}
                disabled={Boolean(refused)}
                aria-label={word}
                aria-description={refused ?? note}
                onClick={onPick}
                className={`flex cursor-default items-start gap-2 rounded-md px-2 py-1.5 outline-none select-none data-highlighted:bg-hover ${danger && !refused ? 'text-bad' : 'text-ink'}`}
              >
                <Icon aria-hidden size={15} className="mt-0.5 shrink-0" />
                <span className="min-w-0">
                  <span className={refused ? 'text-faint' : ''}>{word}</span>
                  {refused || note ? (
                    <span className="block text-sm text-faint">{refused ?? note}</span>
                  ) : null}
                </span>
              </Primitive.Item>
            ))}
          </Primitive.Popup>
        </Primitive.Positioner>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
