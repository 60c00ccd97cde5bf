import { Menu as Primitive } from '@base-ui/react/menu';
import { ChevronRight, Ellipsis, type LucideIcon } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import { buttonClass } from './button';
import { Hint } from './hint';
import { Keys } from './keys';
import { Words } from './words';

/** The looks of every menu. */
export const popupClass =
  'max-h-[var(--available-height)] max-w-80 min-w-52 overflow-y-auto rounded-lg border bg-raised p-1 shadow-pop outline-none';

export type MenuEntry = {
  label: string;
  icon: LucideIcon;
  /** Why it cannot be done now; shown under the label. */
  refused?: string | null;
  danger?: boolean;
  /** What there is to know before picking it. */
  note?: string;
  /** The presses that do the same. */
  keys?: string[][];
  onPick: () => void;
};

/** A '…' button with further actions. */
export function OverflowMenu({
  label,
  entries,
  children,
}: {
  label: string;
  entries: MenuEntry[];
  /** What stands below them. */
  children?: ReactNode;
}) {
  return (
    <MenuButton label={label} icon={Ellipsis}>
      <Entries entries={entries} />
      {children}
    </MenuButton>
  );
}

/** A button with a menu in groups, each with its title. */
export function GroupedMenu({
  label,
  icon,
  groups,
}: {
  label: string;
  icon: LucideIcon;
  groups: { title: string; entries: MenuEntry[] }[];
}) {
  return (
    <MenuButton label={label} icon={icon}>
      {groups.map(({ title, entries }) => (
        <Primitive.Group key={title} className="not-last:mb-1 not-last:border-b not-last:pb-1">
          <Primitive.GroupLabel className="px-2 py-1 text-sm text-faint">{title}</Primitive.GroupLabel>
          <Entries entries={entries} />
        </Primitive.Group>
      ))}
    </MenuButton>
  );
}

/** A button that only shows its icon and opens a menu of these entries. */
export function MenuButton({
  label,
  icon: Icon,
  children,
}: {
  label: string;
  icon: LucideIcon;
  children: ReactNode;
}) {
  return (
    <Frame
      trigger={
        <Hint text={label}>
          <Primitive.Trigger aria-label={label} className={buttonClass('quiet', 'icon')}>
            <Icon aria-hidden size={16} />
          </Primitive.Trigger>
        </Hint>
      }
    >
      {children}
    </Frame>
  );
}

/** A button of its own looks that opens a list of actions. */
export function Menu({ trigger, entries }: { trigger: ReactElement; entries: MenuEntry[] }) {
  return (
    <Frame trigger={<Primitive.Trigger render={trigger} />}>
      <Entries entries={entries} />
    </Frame>
  );
}

function Frame({ trigger, children }: { trigger: ReactElement; children: ReactNode }) {
  return (
    <Primitive.Root>
      {trigger}
      <Popup align="end">{children}</Popup>
    </Primitive.Root>
  );
}

function Popup({ align, children }: { align?: 'end'; children: ReactNode }) {
  return (
    <Primitive.Portal>
      <Primitive.Positioner sideOffset={4} align={align} className="z-20 outline-none">
        <Primitive.Popup className={popupClass}>{children}</Primitive.Popup>
      </Primitive.Positioner>
    </Primitive.Portal>
  );
}

/** A menu in a menu, set apart from what stands above it. */
export function Submenu({
  label,
  icon: Icon,
  children,
}: {
  label: string;
  icon: LucideIcon;
  children: ReactNode;
}) {
  return (
    <div className="not-first:mt-1 not-first:border-t not-first:pt-1">
      <Primitive.SubmenuRoot>
        <Primitive.SubmenuTrigger className="flex cursor-default items-center gap-2 rounded-md px-2 py-1.5 outline-none select-none data-highlighted:bg-hover data-popup-open:bg-hover">
          <Icon aria-hidden size={15} className="shrink-0" />
          <span className="min-w-0 flex-1">{label}</span>
          <ChevronRight aria-hidden size={15} className="shrink-0 text-faint" />
        </Primitive.SubmenuTrigger>
        <Popup>{children}</Popup>
      </Primitive.SubmenuRoot>
    </div>
  );
}

/** Groups of entries, set apart from each other. */
export const Groups = ({ children }: { children: ReactNode[] }) =>
  children.map((group, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a menu's groups stay as they are while it is open
    <div key={index} className="not-first:mt-1 not-first:border-t not-first:pt-1">
      {group}
    </div>
  ));

/** Actions of a menu. */
export const Entries = ({ entries }: { entries: MenuEntry[] }) =>
  entries.map((entry) => <Entry key={entry.label} {...entry} />);

/** One action of a menu. */
export function Entry({ label, icon: Icon, refused, danger, note, keys, onPick }: MenuEntry) {
  return (
    <Primitive.Item
      disabled={Boolean(refused)}
      aria-description={refused ?? note}
      onClick={onPick}
      className={`flex cursor-default items-start gap-2 rounded-md px-2 py-1.5 outline-none select-none data-highlighted:bg-hover ${danger && !refused ? 'text-bad' : 'text-ink'}`}
    >
      <Icon aria-hidden size={15} className="mt-0.5 shrink-0" />
      <span className="min-w-0 flex-1">
        <span className={refused ? 'text-faint' : ''}>{label}</span>
        {refused || note ? (
          // Said as its description.
          <span aria-hidden className="block text-sm text-faint">
            <Words text={refused ?? note ?? ''} />
          </span>
        ) : null}
      </span>
      {keys ? <Keys presses={keys} /> : null}
    </Primitive.Item>
  );
}
