/** What the window has on every screen, out of the table of actions: shortcuts, menus, wishes of the desktop. */
import { Menu, Search } from 'lucide-react';
import { useEffect, useEffectEvent } from 'react';
import { askToLeave } from '@/actions/dialogs';
import { useCommonOffers } from '@/actions/here';
import { accelerator, hintOf, isMac, toEntry, useShortcuts } from '@/actions/keys';
import { menuTitles, type Offer } from '@/actions/table';
import { sayRefused } from '@/actions/tell';
import { backend, onWish, type Wish } from '@/api/backend';
import { IconButton } from '@/components/controls/button';
import { GroupedMenu } from '@/components/controls/menu';
import { deploymentRoute, navigate } from '@/router';
import { pressOnce } from './one-press';

/** Draws nothing: it listens. */
export function Shell() {
  const offers = useCommonOffers();
  useShortcuts(offers, ({ label }, why) => sayRefused(label, why));
  useWishes(offers);
  useMenuBar(offers);
  useEffect(() => pressOnce(document), []);
  return null;
}

/** The palette and the menu, in the corner of every screen. macOS has a menu bar of its own. */
export function ShellCorner() {
  const offers = useCommonOffers();
  const palette = offers.find(({ id }) => id === 'palette');
  return (
    <>
      {palette ? (
        <IconButton
          label={palette.label}
          hint={hintOf(palette.label, palette.keys)}
          icon={Search}
          onClick={palette.onPick}
        />
      ) : null}
      {isMac ? null : (
        <GroupedMenu
          label="Menu"
          icon={Menu}
          groups={menusOf(offers).map(({ title, offers }) => ({
            title,
            entries: offers.map(toEntry),
          }))}
        />
      )}
    </>
  );
}

const menusOf = (offers: Offer[]) =>
  menuTitles.map((title) => ({ title, offers: offers.filter(({ menu }) => menu === title) }));

/** Does what the user wants by way of the desktop. */
function useWishes(offers: Offer[]): void {
  const grant = useEffectEvent((wish: Wish) => {
    switch (wish.wish) {
      case 'leave':
        return askToLeave();
      case 'operation':
        return navigate(deploymentRoute(wish.deployment, wish.operation));
      case 'action': {
        const offer = offers.find(({ id }) => id === wish.id);
        return offer?.refused === null ? offer.onPick() : undefined;
      }
    }
  });
  // It hears without a gap: to subscribe anew takes a moment in which a wish is lost.
  useEffect(() => onWish((wish) => grant(wish)), []);
}

/** Keeps the menu bar of macOS like the table. */
function useMenuBar(offers: Offer[]): void {
  const menus = JSON.stringify(
    // The menu that every application has there has its end.
    menusOf(offers.filter(({ id }) => id !== 'quit')).map(({ title, offers }) => ({
      title,
      entries: offers.map(({ id, label, keys, refused }) => ({
        id,
        label,
        accelerator: accelerator(keys),
        enabled: refused === null,
      })),
    })),
  );
  useEffect(() => {
    if (isMac) void backend.showMenu(JSON.parse(menus));
  }, [menus]);
}
