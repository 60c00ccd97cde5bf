import { ContextMenu as Primitive } from '@base-ui/react/context-menu';
import { useQueryClient } from '@tanstack/react-query';
import { Terminal } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Entries, Groups, popupClass, Submenu } from '@/components/controls/menu';
import { type About, aboutAt } from './about';
import { useCommonOffers, useOffersAbout } from './here';
import { toEntry } from './keys';
import { Commands } from './offer-menu';
import { type Offer, offers, textActions } from './table';
import { type TextTarget, textAt } from './text';

/** What the menu was asked for. */
type Pointed = {
  about: About | null;
  text: TextTarget;
  /** Whether nothing below a dialog can be acted on. */
  inDialog: boolean;
  /** What had the focus, which gets it back. */
  focused: HTMLElement | null;
};

/** What is always near at hand where nothing else is under the pointer. */
const ANYWHERE = new Set(['back', 'forward', 'palette']);

const OWN = '[role=menu], [role=listbox]';
const DIALOG = '[role=dialog], [role=alertdialog]';

/** Skydeck's own menu of what is under the pointer, or has the focus, in place of the browser's. */
export function ContextMenu({ children }: { children: ReactNode }) {
  const [at, point] = useState<Pointed | null>(null);
  const groups = useGroups(at);
  useNoOther();
  return (
    <Primitive.Root
      // On a slow machine the button is up again only long after the menu was asked for.
      onOpenChange={(open, details) => open || details.reason !== 'cancel-open' || details.cancel()}
      onOpenChangeComplete={(open) => open || point(null)}
    >
      <Primitive.Trigger
        className="contents"
        onContextMenu={(event) => {
          const { target } = event;
          if (!(target instanceof Element) || target.closest(OWN)) return event.preventBaseUIHandler();
          const focused = document.activeElement;
          const next = {
            about: aboutAt(target),
            text: textAt(target),
            inDialog: target.closest(DIALOG) !== null,
            focused: focused instanceof HTMLElement ? focused : null,
          };
          if (next.inDialog && !next.text.field && !next.text.marked) return event.preventBaseUIHandler();
          point(next);
        }}
      >
        {children}
      </Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Positioner className="z-30 outline-none">
          <Primitive.Popup aria-label="Actions" finalFocus={() => at?.focused ?? null} className={popupClass}>
            <Groups>
              {groups.map((group) => (
                <Entries key={group.map(({ id }) => id).join()} entries={group.map(toEntry)} />
              ))}
            </Groups>
            {groups.flat().some(({ cloud }) => cloud) ? (
              <Submenu label="Copy as cloud command" icon={Terminal}>
                <Commands offers={groups.flat()} />
              </Submenu>
            ) : null}
          </Primitive.Popup>
        </Primitive.Positioner>
      </Primitive.Portal>
    </Primitive.Root>
  );
}

/** What the menu offers: for a text its own, else what is under the pointer, else what can be done anywhere. */
function useGroups(at: Pointed | null): Offer[][] {
  const client = useQueryClient();
  const common = useCommonOffers();
  const about = useOffersAbout(at?.about ?? null);
  if (!at) return [];
  const { cut, copy, paste, selectAll } = offers(textActions, at.text, {
    deployment: '',
    where: 'text',
    client,
  });
  if (at.text.field) return [[cut, copy, paste], [selectAll]];
  const marked = at.text.marked ? [[copy]] : [];
  if (at.inDialog) return marked;
  return at.about
    ? [...marked, ...about]
    : [...marked, ...about, common.filter(({ id }) => ANYWHERE.has(id))];
}

/** The browser's menu never shows; the keys for a menu open ours for what has the focus. */
function useNoOther() {
  const keys = useRef((event: KeyboardEvent) => {
    const asks = event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey);
    const element = document.activeElement;
    if (!asks || !element) return;
    event.preventDefault();
    const { left, bottom, width, height } = element.getBoundingClientRect();
    // In a long row or a large field its beginning is what one looks at.
    const [clientX, clientY] = [left + Math.min(width, 24), bottom - Math.min(height, 8)];
    element.dispatchEvent(
      new MouseEvent('contextmenu', { bubbles: true, cancelable: true, clientX, clientY, button: 2 }),
    );
  });
  useEffect(() => {
    const never = (event: Event) => event.preventDefault();
    const onKey = keys.current;
    document.addEventListener('contextmenu', never);
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('contextmenu', never);
      document.removeEventListener('keydown', onKey);
    };
  }, []);
}
