/** Keys: how they are written, and when they are shortcuts. */
import { useEffect, useRef } from 'react';
import { tinykeys } from 'tinykeys';
import type { MenuEntry } from '@/components/controls/menu';
import { isDialogOpen } from './dialogs';
import type { Offer } from './table';

export const isMac = /Mac/.test(navigator.platform);

const names: Record<string, string> = {
  $mod: isMac ? '⌘' : 'Ctrl',
  Alt: isMac ? '⌥' : 'Alt',
  Shift: isMac ? '⇧' : 'Shift',
  ArrowLeft: '←',
  ArrowRight: '→',
};

/** The keys of a shortcut as they are typed on the keyboard, one press after the other: [['Ctrl', 'K']], [['g'], ['d']]. */
export function presses(keys: string): string[][] {
  return keys.split(' ').map((press) => {
    const parts = press.split(/\b\+/);
    const [key = ''] = parts.slice(-1);
    // Whoever types '?' or '/' knows how.
    const shown = parts[0] === 'Shift' && !/^\w/.test(key) ? [key] : parts;
    return shown.map(
      (part) => names[part] ?? (shown.length > 1 && part.length === 1 ? part.toUpperCase() : part),
    );
  });
}

/** Each way to press an action's keys, once. */
export const ways = (keys: string[]) => [
  ...new Map(keys.map((each) => [keysText(each), presses(each)])).values(),
];

/** The same as one word, for a tooltip or a menu: 'Ctrl+K', 'g d'. */
export const keysText = (keys: string) =>
  presses(keys)
    .map((press) => press.join(isMac ? '' : '+'))
    .join(' ');

/** What a button for an action says where one points at it: its words and its keys. */
export const hintOf = (label: string, [keys]: string[]) =>
  keys === undefined ? label : `${label} ${keysText(keys)}`;

/** An action as an entry of a menu. */
export const toEntry = ({ keys: [keys], ...offer }: Offer): MenuEntry => ({
  ...offer,
  keys: keys === undefined ? undefined : presses(keys),
});

/** As the native menu has it; only keys that nobody types. */
export const accelerator = ([keys]: string[]) =>
  keys && /^(\$mod|Alt)\+/.test(keys) ? keys.replace('$mod', 'CmdOrCtrl').replace('Arrow', '') : null;

const FIELDS = 'input, textarea, select, [contenteditable=true]';

/** Whether a key that is pressed there belongs to what has the focus. */
function isTaken(event: KeyboardEvent): boolean {
  const { target } = event;
  if (isDialogOpen()) return true;
  if (!(target instanceof Element)) return false;
  // Menus and lists that are open find their entries by letters.
  if (target.closest('[role=menu], [role=listbox], [role=dialog], [role=alertdialog]')) return true;
  const isCommand = event.ctrlKey || event.metaKey;
  return !isCommand && target.closest(FIELDS) !== null;
}

/** Lets the keys of these offers work, for as long as nobody types and no dialog is open. */
export function useShortcuts(offers: Offer[], onRefused: (offer: Offer, why: string) => void): void {
  const latest = useRef({ offers, onRefused });
  useEffect(() => {
    latest.current = { offers, onRefused };
  });
  const bound = [...new Set(offers.flatMap(({ keys }) => keys))].join('\n');
  useEffect(() => {
    const press = (keys: string) => (event: KeyboardEvent) => {
      const offer = latest.current.offers.find((each) => each.keys.includes(keys));
      if (!offer || event.defaultPrevented || event.repeat || isTaken(event)) return;
      event.preventDefault();
      if (offer.refused === null) offer.onPick();
      else latest.current.onRefused(offer, offer.refused);
    };
    return tinykeys(window, Object.fromEntries(bound.split('\n').map((keys) => [keys, press(keys)])));
  }, [bound]);
}
