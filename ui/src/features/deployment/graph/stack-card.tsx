import { OctagonX } from 'lucide-react';
import { type KeyboardEvent, memo } from 'react';
import { about } from '@/actions/about';
import type { Dependent } from '@/api/backend';
import { cellId } from '@/components/cell-id';
import { Ago, Elapsed } from '@/components/time';
import { listed } from '@/format';
import { StackStatusText } from '@/status/status';
import { look, stackLooks, toneEdge, toneFill } from '@/status/statuses';
import { CARD, type Spot } from './layout';

/** One stack: its name, its status, and what stands in its way. */
export const StackCard = memo(function StackCard({
  deployment,
  stack,
  environment,
  spot,
  chosen,
  aside,
  far,
  reachable,
  onChoose,
  onKey,
}: {
  deployment: string;
  stack: Dependent;
  environment: string;
  spot: Spot;
  chosen: boolean;
  /** It has nothing to do with the stack that is chosen. */
  aside: boolean;
  /** Too small to be read: it shows its icon and its name, large. */
  far: boolean;
  /** The one card that Tab reaches. */
  reachable: boolean;
  onChoose: (stack: string) => void;
  onKey: (stack: string, event: KeyboardEvent) => void;
}) {
  const { tone, word, spins, icon: Icon } = look(stackLooks, stack.status);
  const blocked = stack.blocked_by.length > 0 ? `Blocked by ${listed(stack.blocked_by)}` : null;
  const place = stack.former ? 'Not in the manifest any more' : stack.enabled ? null : 'Not enabled';
  const needed = stack.needs.map((need) => `${need} (${(stack.reasons[need] ?? []).join(', ')})`);
  const needs = needed.length > 0 ? `Needs ${listed(needed)}` : 'Needs nothing';
  const edge = chosen
    ? 'border-accent outline-2 outline-accent'
    : aside
      ? 'border-line shadow-none'
      : 'border-edge shadow-raised';
  const ground = chosen ? 'bg-accent-ground' : 'bg-raised hover:bg-hover';
  return (
    <button
      type="button"
      // As in the grid: there the focus returns to when the stack's panel closes.
      id={cellId(stack.stack, environment)}
      data-testid={`card-${stack.stack}`}
      {...about({ about: 'stack', deployment, stack: stack.stack, environment })}
      data-status={stack.status}
      // Its name is what it shows.
      aria-description={[blocked, place, stack.former ? null : needs].filter(Boolean).join('. ')}
      aria-pressed={chosen}
      tabIndex={reachable ? 0 : -1}
      onClick={() => onChoose(stack.stack)}
      onKeyDown={(event) => onKey(stack.stack, event)}
      title={[stack.stack, blocked ?? (stack.former ? place : null)].filter(Boolean).join(': ')}
      style={{ ...CARD, left: spot.x, top: spot.y }}
      className={`absolute flex justify-center rounded-md border border-l-4 px-2.5 text-left ${toneEdge[tone]} ${edge} ${
        far ? `items-center gap-2 ${toneFill[tone]}` : `flex-col gap-0.5 ${ground}`
      } ${stack.enabled ? '' : 'border-dashed [border-left-style:solid]'}`}
    >
      {far ? (
        <>
          <Icon aria-hidden size={26} className="shrink-0" />
          <span className="min-w-0 flex-1 truncate text-[23px] leading-tight font-medium">{stack.stack}</span>{' '}
          <span className="sr-only">{word}</span>
          {blocked ? <OctagonX aria-hidden size={26} className="shrink-0 text-bad" /> : null}
        </>
      ) : (
        <>
          <span className={`w-full truncate font-medium ${stack.enabled ? '' : 'text-soft'}`}>
            {stack.stack}
          </span>{' '}
          <span className="flex w-full min-w-0 items-center gap-2 text-sm">
            <StackStatusText status={stack.status} />{' '}
            {stack.former ? (
              <span className="ml-auto truncate text-warn">Not in the manifest</span>
            ) : blocked ? (
              <span className="flex min-w-0 items-center gap-1 text-bad">
                <OctagonX aria-hidden size={12} className="shrink-0" />
                <span className="truncate">Blocked</span>
              </span>
            ) : (
              <span aria-hidden className="ml-auto truncate text-faint">
                <Age stack={stack} running={spins === true} />
              </span>
            )}
          </span>
        </>
      )}
    </button>
  );
});

function Age({ stack, running }: { stack: Dependent; running: boolean }) {
  if (!stack.enabled && stack.status === 'not_deployed') return 'Not enabled';
  if (!stack.since || stack.status === 'not_deployed') return null;
  return running ? <Elapsed from={stack.since} to={null} /> : <Ago at={stack.since} />;
}
