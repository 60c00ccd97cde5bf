import { ActionButton } from '@/components/controls/button';
import { hintOf } from './keys';
import type { Offer } from './table';

/** A button for an action of the table. Without `children` it shows only the icon. */
export function OfferButton({
  offer,
  reachable = true,
  children,
}: {
  offer: Offer;
  /** Whether Tab leads to it. */
  reachable?: boolean;
  children?: string;
}) {
  return (
    <ActionButton
      label={offer.label}
      hint={hintOf(offer.label, offer.keys)}
      icon={offer.icon}
      tabIndex={reachable ? undefined : -1}
      refused={offer.refused}
      onPress={offer.onPick}
    >
      {children}
    </ActionButton>
  );
}
