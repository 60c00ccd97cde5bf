import type { PlanView } from '@/api/backend';
import { Place } from '@/components/target-chip';
import { look, stackLooks, toneText } from '@/status/statuses';

/** Where an operation acts, and on which stacks in which order. */
export function PlanOutline({ plan }: { plan: PlanView }) {
  const several = plan.environments.length > 1;
  return (
    <div className="overflow-hidden rounded-lg border">
      <ul aria-label="Environments" className="flex flex-col gap-1.5 border-b bg-canvas px-3 py-2">
        {plan.environments.map(({ name, ...place }) => (
          <li key={name} className="flex flex-wrap items-center gap-x-3 gap-y-0.5">
            <span className="font-semibold">{name}</span>
            <Place {...place} />
          </li>
        ))}
      </ul>
      <ol aria-label="Order" className="max-h-60 divide-y overflow-y-auto">
        {plan.layers.map((layer, index) => (
          <li
            key={layer.map(({ key }) => `${key.stack}/${key.environment}`).join()}
            className="flex gap-3 px-3 py-1.5"
          >
            <span aria-hidden className="w-4 shrink-0 text-right text-faint">
              {index + 1}
            </span>
            <ul className="flex min-w-0 flex-wrap gap-x-4 gap-y-1">
              {layer.map(({ key, status }) => {
                const { icon: Icon, word, tone } = look(stackLooks, status);
                return (
                  <li
                    key={`${key.stack}/${key.environment}`}
                    className="flex min-w-0 items-center gap-1.5"
                    title={`${key.stack} in ${key.environment}: now ${word}`}
                  >
                    <Icon aria-hidden size={13} className={`shrink-0 ${toneText[tone]}`} />
                    <span className="truncate">
                      {key.stack}
                      {several ? <span className="text-faint"> {key.environment}</span> : null}
                    </span>
                    <span className={`text-sm whitespace-nowrap ${toneText[tone]}`}>{word}</span>
                  </li>
                );
              })}
            </ul>
          </li>
        ))}
      </ol>
    </div>
  );
}
