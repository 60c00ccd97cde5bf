import { useStackOffers } from '@/actions/here';
import { OfferButton } from '@/actions/offer-button';
import type { Cell } from '@/api/backend';

/** Deploying and destroying one stack in one environment. */
export function StackActions({
  deployment,
  stack,
  cell,
  iconsOnly,
}: {
  deployment: string;
  stack: string;
  cell: Cell;
  iconsOnly?: boolean;
}) {
  const { deploy, destroy } = useStackOffers({ deployment, stack, cell });
  return (
    <>
      <OfferButton offer={deploy}>{iconsOnly ? undefined : 'Deploy stack'}</OfferButton>
      <OfferButton offer={destroy}>{iconsOnly ? undefined : 'Destroy stack…'}</OfferButton>
    </>
  );
}
