import { useQuery } from '@tanstack/react-query';
import { driftCost, useDriftDetection } from '@/actions/ask-cloudformation';
import { useStackOffers } from '@/actions/here';
import { OfferButton } from '@/actions/offer-button';
import type { StackKey } from '@/api/backend';
import { queries } from '@/api/queries';
import { AskingNow } from '@/components/checked';
import { CopyCommand } from '@/components/controls/copy-command';
import { DriftedResources } from '@/components/drifted-resources';
import { Loaded } from '@/components/loaded';
import { ErrorNotice } from '@/components/notice';
import { Ago } from '@/components/time';
import { sentence } from '@/format';
import { LookText } from '@/status/status';
import { driftLook } from '@/status/statuses';
import { type OfStack, Part } from './part';

/** Whether a stack is as its template says, and what differs. */
export function Drift({ deployment, stack, cell }: OfStack) {
  const detection = useDriftDetection(deployment, stack.environment, stack.stack);
  const ofAll = useDriftDetection(deployment, stack.environment, null);
  const asking = detection.asking || ofAll.asking;
  const { drift } = cell;
  const { drift: detect } = useStackOffers({ deployment, stack: stack.stack, cell });
  return (
    <Part title="Drift">
      <div data-testid="drift" className="flex flex-col items-start gap-2">
        {drift ? (
          <>
            <p className="flex flex-wrap items-center gap-x-1.5">
              <LookText look={driftLook(drift.status, drift.resources.length)} />
              <span className="text-soft">
                · checked <Ago at={drift.checked_at} />
              </span>
            </p>
            {drift.reason ? <p className="break-words text-soft">{sentence(drift.reason)}</p> : null}
            {drift.resources.length > 0 ? <Details deployment={deployment} stack={stack} /> : null}
          </>
        ) : (
          <p className="text-soft">Not compared with its template since it last changed.</p>
        )}
        {detection.error ? (
          <div className="w-full">
            <ErrorNotice error={detection.error} />
          </div>
        ) : null}
        {asking ? (
          <AskingNow>Comparing with the template…</AskingNow>
        ) : (
          <>
            <div className="flex items-center gap-1">
              <OfferButton offer={detect}>Detect drift</OfferButton>
              {detect.cloud ? (
                <CopyCommand iconOnly label="Copy drift detection as cloud command" {...detect.cloud} />
              ) : null}
            </div>
            <p className="text-sm text-faint">{driftCost}</p>
          </>
        )}
      </div>
    </Part>
  );
}

/** Property by property, as the log has it. */
function Details({ deployment, stack }: { deployment: string; stack: StackKey }) {
  const details = useQuery(queries.stackDrift(deployment, stack));
  return (
    <div className="w-full">
      <Loaded snug query={details}>
        {({ stacks }) => stacks.map(({ drift }) => <DriftedResources key={stack.stack} drift={drift} />)}
      </Loaded>
    </div>
  );
}
