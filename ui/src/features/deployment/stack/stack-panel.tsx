import { Tabs } from '@base-ui/react/tabs';
import { X } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { about } from '@/actions/about';
import type { DeploymentDetail } from '@/api/backend';
import { cellId } from '@/components/cell-id';
import { IconButton } from '@/components/controls/button';
import { Place } from '@/components/target-chip';
import { Edge } from './edge';
import { Events } from './tabs/events';
import { Operations } from './tabs/operations';
import { Outputs } from './tabs/outputs';
import { Overview } from './tabs/overview';
import { Parameters } from './tabs/parameters';
import { Resources } from './tabs/resources';
import { Template } from './tabs/template';
import { useWidth } from './width';

/** Everything about one stack in one environment, beside the grid, which it never covers. */
export function StackPanel({
  detail,
  cell: place,
  tab,
  onTab,
  help,
  onHelp,
  onOperation,
  onClose,
}: {
  detail: DeploymentDetail;
  cell: { stack: string; environment: string };
  /** The part that is shown; empty: the first. */
  tab: string;
  onTab: (tab: string) => void;
  /** Whether what helps was asked for. */
  help: boolean;
  onHelp: () => void;
  onOperation: (operation: string) => void;
  onClose: () => void;
}) {
  const title = useRef<HTMLHeadingElement>(null);
  const stack = detail.stacks.find(({ name }) => name === place.stack);
  const cell = stack?.cells.find(({ environment }) => environment === place.environment);
  const environment = detail.environments.find(({ name }) => name === place.environment);

  const id = useId();
  const [watch, size] = useWidth();

  useEffect(() => title.current?.focus(), []);

  if (!stack || !cell || !environment) return null;

  function close() {
    onClose();
    const cell = document.getElementById(cellId(place.stack, place.environment));
    // In a comparison no element stands for the cell.
    (cell ?? document.querySelector('h1'))?.focus();
  }

  const asked = { deployment: detail.row.deployment_id, stack: place, cell };
  const parts: { value: string; label: string; show: () => ReactNode }[] = [
    {
      value: '',
      label: 'Overview',
      show: () => <Overview detail={detail} stack={stack} cell={cell} help={help} onHelp={onHelp} />,
    },
    { value: 'outputs', label: 'Outputs', show: () => <Outputs cell={cell} /> },
    { value: 'parameters', label: 'Parameters', show: () => <Parameters {...asked} /> },
    { value: 'resources', label: 'Resources', show: () => <Resources {...asked} /> },
    { value: 'events', label: 'Events', show: () => <Events {...asked} /> },
    { value: 'template', label: 'Template', show: () => <Template {...asked} /> },
    {
      value: 'operations',
      label: 'Operations',
      show: () => (
        <Operations
          deployment={asked.deployment}
          stack={place}
          running={detail.row.running?.operation ?? null}
          onShow={onOperation}
        />
      ),
    },
  ];
  return (
    <aside
      ref={watch}
      id={id}
      style={{ width: size.width }}
      aria-label={`${place.stack} in ${place.environment}`}
      {...about({ about: 'stack', deployment: detail.row.deployment_id, ...place })}
      onKeyDown={(event) => {
        if (event.key === 'Escape') close();
      }}
      className="relative flex shrink-0 flex-col border-l bg-surface"
    >
      <Edge controls={id} {...size} />
      <div className="flex items-start gap-2 py-3 pr-2 pl-4">
        <div className="min-w-0 flex-1">
          <h2
            ref={title}
            tabIndex={-1}
            className="truncate text-lg font-semibold outline-none"
            title={place.stack}
          >
            {place.stack} <span className="font-normal text-soft">in {place.environment}</span>
          </h2>
          <Place target={environment.target} account={environment.account} region={environment.region} />
        </div>
        <IconButton label="Close panel" icon={X} onClick={close} />
      </div>
      <Tabs.Root
        value={parts.some(({ value }) => value === tab) ? tab : ''}
        onValueChange={(value) => onTab(String(value))}
        className="flex min-h-0 flex-1 flex-col"
      >
        <Tabs.List
          aria-label="About the stack"
          className="flex shrink-0 gap-0.5 overflow-x-auto border-b px-2 [scrollbar-width:none]"
        >
          {parts.map(({ value, label }) => (
            <Tabs.Tab
              key={value}
              value={value}
              className="-mb-px h-8 shrink-0 border-b-2 border-transparent px-1 text-sm font-medium text-soft select-none -outline-offset-2 hover:text-ink data-active:border-accent data-active:text-ink"
            >
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {parts.map(({ value, show }) => (
          // What is not looked at is not asked for.
          <Tabs.Panel
            key={value}
            value={value}
            className="min-h-0 flex-1 overflow-y-auto p-4 -outline-offset-2"
          >
            {show()}
          </Tabs.Panel>
        ))}
      </Tabs.Root>
    </aside>
  );
}
