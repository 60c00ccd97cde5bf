import { LifeBuoy } from 'lucide-react';
import { about } from '@/actions/about';
import type { StackReview } from '@/api/backend';
import { tally } from '@/components/changes/order';
import { StackChanges } from '@/components/changes/stack-changes';
import { buttonClass } from '@/components/controls/button';
import { Disclosure } from '@/components/controls/disclosure';
import { FormerChip } from '@/components/former-chip';
import { Notice } from '@/components/notice';
import { count, sentence } from '@/format';
import { deploymentRoute, helpRoute, href } from '@/router';
import { LookText } from '@/status/status';
import { dangerLooks, type Look, reviewLooks, toneFill } from '@/status/statuses';
import { Findings } from './findings';
import { Obstacles } from './obstacles';

/** One stack of a review: in short, and opened with all that it says. */
export function StackRow({
  deployment,
  review,
  former,
  several,
  only,
}: {
  deployment: string;
  review: StackReview;
  /** That it is not in the manifest any more, in words. */
  former: string | null;
  /** Whether the environment has to be named. */
  several: boolean;
  /** Whether there is no other stack. */
  only: boolean;
}) {
  const { key, action, danger, obstacles, remarks, first, findings } = review;
  const blocked = action === 'blocked';
  return (
    <div
      data-testid={`review-${key.stack}-${key.environment}`}
      data-action={action}
      {...about({ about: 'stack', deployment, ...key })}
    >
      <Disclosure
        startsOpen={only || blocked || danger === 'loses_data' || obstacles.length > 0 || !!findings?.length}
        head={<Head review={review} former={former !== null} several={several} />}
      >
        <div className="flex flex-col gap-3 border-t px-3 py-3 sm:pl-9">
          {former ? <Notice tone="warn" title={former} /> : null}
          {remarks.map((remark) => (
            <Notice key={remark} tone={blocked ? 'warn' : 'info'} title={sentence(remark)} />
          ))}
          <Findings findings={findings ?? []} />
          {blocked ? (
            <div className="flex flex-wrap items-center gap-3">
              {first?.length ? (
                <a
                  href={href(helpRoute(deploymentRoute(deployment), key))}
                  className={buttonClass('secondary', 'small')}
                >
                  <LifeBuoy aria-hidden size={14} />
                  How to fix
                </a>
              ) : (
                <span className="text-soft">Fix the cause, then review again.</span>
              )}
              {review.cloudformation_status ? (
                <span className="font-mono text-sm break-all text-soft">{review.cloudformation_status}</span>
              ) : null}
            </div>
          ) : null}
          <Obstacles deployment={deployment} review={review} />
          <StackChanges review={review} />
        </div>
      </Disclosure>
    </div>
  );
}

/** The spaces between its parts are not seen: they keep its words apart where it is read out as one name. */
function Head({ review, former, several }: { review: StackReview; former: boolean; several: boolean }) {
  const { key, action, obstacles, findings = [] } = review;
  const warnings = findings.filter(({ refuses }) => !refuses);
  const risk = riskOf(review);
  return (
    <>
      <span className="w-28 shrink-0">
        <LookText look={reviewLooks[action]} status={action} />
      </span>{' '}
      <span className="flex w-[26%] shrink-0" title={`${key.stack} in ${key.environment}`}>
        <span className="truncate font-medium">{key.stack}</span>
        {several ? <span className="shrink-0 whitespace-pre text-faint"> in {key.environment}</span> : null}
      </span>{' '}
      <span className="min-w-0 flex-1 truncate text-sm text-soft">{amount(review)}</span>{' '}
      {former ? <FormerChip /> : null}{' '}
      {obstacles.length > 0 ? (
        <span className={`shrink-0 rounded px-1.5 text-sm ${toneFill.warn}`}>
          {count(obstacles.length, 'obstacle')}
        </span>
      ) : null}{' '}
      {warnings.length > 0 ? (
        <span className={`shrink-0 rounded px-1.5 text-sm ${toneFill.warn}`}>
          {count(warnings.length, 'warning')}
        </span>
      ) : null}{' '}
      {risk ? (
        <span className={`shrink-0 rounded px-1.5 text-sm ${toneFill[risk.tone]}`}>
          <LookText look={risk} />
        </span>
      ) : null}
    </>
  );
}

/** Of a delete, that resources go is no surprise. */
function riskOf({ action, danger }: StackReview): Look | null {
  return danger === 'none' || (action === 'delete' && danger === 'replaces') ? null : dangerLooks[danger];
}

function amount({ action, changes }: StackReview): string {
  return action === 'delete' ? count(changes.length, 'resource') : tally(changes);
}
