import { memo } from 'react';
import { about } from '@/actions/about';
import { useDriftDetection, useIsLastKnown, useRefresh } from '@/actions/ask-cloudformation';
import { useEnvironmentOffers } from '@/actions/here';
import { OfferButton } from '@/actions/offer-button';
import { OfferMenu } from '@/actions/offer-menu';
import type { EnvironmentView } from '@/api/backend';
import { AskingNow, Checked } from '@/components/checked';
import { FormerChip } from '@/components/former-chip';
import { ProgressBar } from '@/components/progress-bar';
import { TargetChip } from '@/components/target-chip';

/** The head of an environment's column: where it is, how much is deployed, how old its statuses are. */
export const EnvironmentHead = memo(function EnvironmentHead({
  deployment,
  environment,
  column,
}: {
  deployment: string;
  environment: EnvironmentView;
  /** Its place among the environments, from 0. */
  column: number;
}) {
  const { name, former, deployed, enabled, besides, checked_at } = environment;
  const {
    deploy,
    refresh,
    drift: detect,
    access,
    destroy,
  } = useEnvironmentOffers({ deployment, environment });
  const here = useRefresh(deployment, name);
  const all = useRefresh(deployment, null);
  const drift = useDriftDetection(deployment, name, null);
  const lastKnown = useIsLastKnown(deployment, name, checked_at);
  return (
    <th
      scope="col"
      aria-colindex={column + 2}
      className="sticky top-0 z-[2] border-b bg-surface px-3 not-last:border-r pt-1.5 pb-2 text-left align-top font-normal"
      data-testid={`environment-${name}`}
      {...about({ about: 'environment', deployment, environment: name })}
    >
      <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
        <span className="font-semibold">{name}</span>
        <TargetChip target={environment.target} />
        {former ? <FormerChip /> : null}
        <span className="flex gap-2 font-mono text-sm whitespace-nowrap text-soft">
          <span title={`Account ${environment.account}`}>{environment.account}</span>
          <span>{environment.region}</span>
        </span>
      </div>
      <div className="mt-1 flex items-center gap-1.5">
        <div className="min-w-0 flex-1">
          <span className="text-sm whitespace-nowrap text-soft">
            {enabled > 0 ? `${deployed} of ${enabled} deployed` : `${besides} deployed`}
            {enabled > 0 && besides > 0 ? `, ${besides} not enabled` : null}
          </span>
          {former ? null : (
            <ProgressBar label={`Deployed in ${name}`} done={deployed} total={enabled} tone="ok" />
          )}
        </div>
        {former ? (
          <OfferButton offer={destroy}>Destroy</OfferButton>
        ) : (
          <OfferButton offer={deploy}>Deploy</OfferButton>
        )}
        <OfferMenu
          label={`More actions for ${name}`}
          // Under this name there is no need to say whose access.
          offers={former ? [detect] : [detect, { ...access, label: 'Access…' }, destroy]}
          besides={former ? [destroy, refresh] : [deploy, refresh]}
        />
      </div>
      <div className="-mb-1 flex min-h-7 items-center justify-between gap-1.5 text-sm text-faint">
        {here.asking || all.asking ? (
          <AskingNow>Asking CloudFormation…</AskingNow>
        ) : drift.asking ? (
          <AskingNow>Comparing with the templates…</AskingNow>
        ) : (
          <Checked at={checked_at} stale={lastKnown} />
        )}
        <OfferButton
          offer={{
            ...refresh,
            refused: here.asking || all.asking ? 'CloudFormation is being asked' : refresh.refused,
          }}
        />
      </div>
    </th>
  );
});
