import { Gauge } from 'lucide-react';
import type { ApiBudget, ApiCalls } from '@/api/backend';
import { count } from '@/format';
import { Hint } from './controls/hint';

/** What an operation or a review asks of AWS: now, while it runs, and all in all. */
export function ApiUsage({ budgets, total }: { budgets: ApiBudget[]; total: ApiCalls | null }) {
  const told = total ? inAll(total) : budgets.length > 0 ? rates(budgets) : null;
  if (told === null) return null;
  const throttled = total ? total.throttled > 0 : budgets.some(({ throttled }) => throttled > 0);
  const each = budgets.map((budget) => `${budget.environment}: ${inWords(budget)}`).join('\n');
  return (
    <Hint
      text={total || !each ? 'Calls of this app to AWS meanwhile, in the same accounts and regions' : each}
    >
      <span
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what it says in full appears on focus, too
        tabIndex={0}
        data-testid="api-usage"
        className={`inline-flex items-center gap-1.5 rounded text-sm whitespace-nowrap ${throttled ? 'text-warn' : 'text-faint'}`}
      >
        <Gauge aria-hidden size={13} className="shrink-0" />
        {told}
      </span>
    </Hint>
  );
}

const inAll = ({ calls, throttled }: ApiCalls) =>
  throttled > 0 ? `${count(calls, 'call')}, ${throttled} throttled` : count(calls, 'call');

function rates(budgets: ApiBudget[]): string {
  // Environments of one account and region share what they may ask, and show the same.
  const busiest = Math.max(...budgets.map(({ per_second }) => per_second ?? 0));
  const throttled = Math.max(...budgets.map((budget) => budget.throttled));
  const rate = `${busiest.toFixed(1)} calls/s`;
  return throttled > 0 ? `${rate}, ${throttled} throttled` : rate;
}

function inWords({ calls, throttled, per_second, allowed_per_second }: ApiBudget): string {
  const rate = `${(per_second ?? 0).toFixed(1)} calls/s`;
  const most = allowed_per_second === null ? 'no limit met' : `paced to ${allowed_per_second.toFixed(1)}/s`;
  return `${rate}, ${most}, ${inAll({ calls, throttled })}`;
}
