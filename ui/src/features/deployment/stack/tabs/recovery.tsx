import { useQuery } from '@tanstack/react-query';
import { LifeBuoy } from 'lucide-react';
import type { Cell, RecoveryCard, StackKey } from '@/api/backend';
import { queries } from '@/api/queries';
import { Button } from '@/components/controls/button';
import { Loaded } from '@/components/loaded';
import { Notice } from '@/components/notice';
import { listed } from '@/format';
import { look, stackLooks } from '@/status/statuses';
import { WayOutCard } from './way-out-card';

/** Whether something helps: waiting alone only where something is under way. */
export function isHeldFast({ status, ways_out }: Cell): boolean {
  const busy = look(stackLooks, status).tone === 'busy';
  return ways_out.some((way) => way !== 'wait' || busy);
}

/** How a stack gets out of its state. CloudFormation is asked only once somebody wants to know. */
export function Recovery({
  deployment,
  stack,
  known,
  wanted,
  onWanted,
}: {
  deployment: string;
  stack: StackKey;
  /** The reason that stands there already. */
  known: string | null;
  wanted: boolean;
  onWanted: () => void;
}) {
  const card = useQuery({ ...queries.recovery(deployment, stack), enabled: wanted });
  return (
    <section aria-label="How to fix" data-testid="recovery">
      <h3 className="mb-1.5 font-semibold">How to fix</h3>
      {wanted ? (
        <Loaded snug query={card}>
          {(data) => <Card deployment={deployment} card={data} known={known} />}
        </Loaded>
      ) : (
        <Button size="small" icon={LifeBuoy} onClick={onWanted}>
          How to fix
        </Button>
      )}
    </section>
  );
}

function Card({ deployment, card, known }: { deployment: string; card: RecoveryCard; known: string | null }) {
  return (
    <div className="flex flex-col gap-3">
      {card.cause && !known?.includes(card.cause) ? <Notice tone="bad" title={card.cause} /> : null}
      <p className="text-soft">
        <span className="block font-mono text-sm break-all text-ink">
          {card.cloudformation_status ?? 'no such stack'}
        </span>
        {card.meaning}
      </p>
      {card.protected ? (
        <p className="text-warn">Termination protection is on: it can be repaired, but not deleted.</p>
      ) : null}
      {card.dependents.length > 0 ? (
        <p className="break-words text-soft">
          {listed(card.dependents)} {card.dependents.length === 1 ? 'needs' : 'need'} this stack.
        </p>
      ) : null}
      {card.ways.length === 0 ? (
        <p className="text-soft">
          Nothing has to be done to the stack itself. If its last operation failed, fix the cause and run it
          again.
        </p>
      ) : null}
      <ol aria-label="Ways out" className="flex flex-col gap-3">
        {card.ways.map((way) => (
          <WayOutCard key={way.way} deployment={deployment} way={way} />
        ))}
      </ol>
    </div>
  );
}
