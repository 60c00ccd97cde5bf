import { ActionButton } from '@/components/button';
import { keysText } from './keys';
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
  const [keys] = offer.keys;
  return (
    <ActionButton
      label={offer.label}
      hint={keys ? `${offer.label} ${keysText(keys)}` : undefined}
      icon={offer.icon}
      tabIndex={reachable ? undefined : -1}
      refused={offer.refused}
      onPress={offer.onPick}
    >
      {children}
    </ActionButton>
  );
}
