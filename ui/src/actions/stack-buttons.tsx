import { useOverridingOffers, useStackOffers } from '@/actions/here';
import { OfferButton } from '@/actions/offer-button';
import { CommandMenu } from '@/actions/offer-menu';
import type { Cell } from '@/api/backend';

/** Deploying and destroying one stack in one environment. */
export function StackButtons({
  deployment,
  stack,
  cell,
  iconsOnly,
  reachable = true,
}: {
  deployment: string;
  stack: string;
  cell: Cell;
  iconsOnly?: boolean;
  /** Whether Tab leads to them. */
  reachable?: boolean;
}) {
  const { deploy, destroy } = useStackOffers({ deployment, stack, cell });
  const overriding = useOverridingOffers({ deployment, stack, cell });
  return (
    <>
      <OfferButton offer={deploy} reachable={reachable}>
        {iconsOnly ? undefined : 'Deploy stack'}
      </OfferButton>
      <OfferButton offer={destroy} reachable={reachable}>
        {iconsOnly ? undefined : 'Destroy stack…'}
      </OfferButton>
      {iconsOnly ? null : (
        <>
          {overriding.map((offer) => (
            <OfferButton key={offer.id} offer={offer}>
              {offer.label}
            </OfferButton>
          ))}
          <CommandMenu label="Copy these as cloud commands" offers={[deploy, destroy, ...overriding]} />
        </>
      )}
    </>
  );
}
