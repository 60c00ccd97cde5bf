import { useQuery } from '@tanstack/react-query';
import { Terminal } from 'lucide-react';
import { queries } from '@/api/queries';
import { Entry, MenuButton, OverflowMenu, Submenu } from '@/components/controls/menu';
import { toEntry } from './keys';
import type { Offer } from './table';
import { copy } from './tell';

/** A '…' button with actions of the table, and below them what they and `besides` are in a terminal. */
export function OfferMenu({
  label,
  offers,
  besides = [],
}: {
  label: string;
  offers: Offer[];
  /** Actions that have buttons of their own. */
  besides?: Offer[];
}) {
  return (
    <OverflowMenu label={label} entries={offers.map(toEntry)}>
      <Submenu label="Copy as cloud command" icon={Terminal}>
        <Commands offers={[...besides, ...offers]} />
      </Submenu>
    </OverflowMenu>
  );
}

/** What these actions are in a terminal, to copy. */
export function CommandMenu({ label, offers }: { label: string; offers: Offer[] }) {
  return (
    <MenuButton label={label} icon={Terminal}>
      <Commands offers={offers} />
    </MenuButton>
  );
}

/** What these actions are in a terminal, each to be copied. */
export const Commands = ({ offers }: { offers: Offer[] }) =>
  offers.map((offer) =>
    offer.cloud ? <CommandEntry key={offer.id} {...offer} cloud={offer.cloud} /> : null,
  );

function CommandEntry({ label, icon, cloud }: Offer & { cloud: NonNullable<Offer['cloud']> }) {
  const { data: line } = useQuery(queries.commandLine(cloud.deployment, cloud.command));
  if (!line) return null;
  return (
    <Entry
      // Here it asks nothing.
      label={label.replace(/…$/, '')}
      icon={icon}
      note={line}
      onPick={() => copy(line, 'The command is copied')}
    />
  );
}
