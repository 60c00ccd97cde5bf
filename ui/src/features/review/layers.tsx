import { Equal } from 'lucide-react';
import { about } from '@/actions/about';
import type { Danger, PlannedStack, ReviewView, StackReview } from '@/api/backend';
import { Disclosure } from '@/components/controls/disclosure';
import { keyName } from '@/format';
import { StackStatusText } from '@/status/status';
import { Skeleton } from './skeleton';
import { StackRow } from './stack-row';
import { unchangedWord } from './unchanged';

/** The stacks in the order in which they run: a layer waits for those before it. */
export function Layers({ deployment, view }: { deployment: string; view: ReviewView }) {
  const { plan, stacks, done, problem, request } = view;
  const reviews = new Map(stacks.map((review) => [keyName(review.key), review]));
  return (
    <ol aria-label="Order" className="flex flex-col gap-3">
      {plan.layers.map((layer, index) => (
        <li key={layer.map(({ key }) => keyName(key)).join()} className="flex min-w-0 gap-2.5">
          <span aria-hidden title={`Step ${index + 1}`} className="w-5 shrink-0 pt-2 text-right text-faint">
            {index + 1}
          </span>
          <Layer
            deployment={deployment}
            several={plan.environments.length > 1}
            only={plan.count === 1}
            unchangedAs={unchangedWord(request)}
            layer={layer.map((planned) => ({ planned, review: reviews.get(keyName(planned.key)) }))}
            waiting={!done && !problem}
          />
        </li>
      ))}
    </ol>
  );
}

/** The stacks that can run side by side. Those that stay as they are take one line together. */
function Layer({
  layer,
  waiting,
  unchangedAs,
  ...row
}: {
  deployment: string;
  several: boolean;
  only: boolean;
  layer: { planned: PlannedStack; review: StackReview | undefined }[];
  waiting: boolean;
  unchangedAs: string;
}) {
  const unchanged = layer.flatMap(({ review }) => (review?.action === 'unchanged' ? [review] : []));
  return (
    <div className="min-w-0 flex-1 divide-y rounded-lg border bg-surface">
      {(waiting ? layer : layer.toSorted(byRisk)).map(({ planned, review }) => {
        const key = keyName(planned.key);
        if (review) {
          return review.action === 'unchanged' ? null : (
            <StackRow key={key} review={review} former={planned.former} {...row} />
          );
        }
        return waiting ? (
          <Skeleton key={key} name={planned.key.stack} />
        ) : (
          <Unlooked key={key} deployment={row.deployment} planned={planned} several={row.several} />
        );
      })}
      {unchanged.length > 0 ? (
        <Disclosure quiet head={<UnchangedHead reviews={unchanged} as={unchangedAs} />}>
          <div className="divide-y border-t">
            {unchanged.map((review) => (
              <StackRow key={keyName(review.key)} review={review} former={null} {...row} only={false} />
            ))}
          </div>
        </Disclosure>
      ) : null}
    </div>
  );
}

const risks: Danger[] = ['loses_data', 'replaces', 'none'];

/** What can cost most first; else in the plan's order. While stacks still come in, nothing moves. */
function byRisk(
  one: { review: StackReview | undefined },
  other: { review: StackReview | undefined },
): number {
  const rank = ({ review }: typeof one) => risks.indexOf(review?.danger ?? 'none');
  return rank(one) - rank(other);
}

function UnchangedHead({ reviews, as }: { reviews: StackReview[]; as: string }) {
  const names = reviews.map(({ key }) => key.stack).join(', ');
  return (
    <>
      <Equal aria-hidden size={14} className="shrink-0 text-idle" />
      <span className="shrink-0">
        {reviews.length} {as}
      </span>{' '}
      <span className="min-w-0 truncate text-faint" title={names}>
        {names}
      </span>
    </>
  );
}

/** A stack that CloudFormation was not asked about: a repair has no change set. */
function Unlooked({
  deployment,
  planned: { key, status },
  several,
}: {
  deployment: string;
  planned: PlannedStack;
  several: boolean;
}) {
  return (
    <div
      data-testid={`review-${key.stack}-${key.environment}`}
      {...about({ about: 'stack', deployment, ...key })}
      className="flex items-center gap-3 px-3 py-2"
    >
      <span className="min-w-0 truncate font-medium" title={key.stack}>
        {key.stack}
        {several ? <span className="font-normal text-faint"> in {key.environment}</span> : null}
      </span>
      <span className="text-sm text-faint">now</span>
      <StackStatusText status={status} />
    </div>
  );
}
