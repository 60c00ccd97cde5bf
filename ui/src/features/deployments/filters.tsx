import { Search, X } from 'lucide-react';
import { useEffect, useEffectEvent, useMemo, useRef } from 'react';
import type { DeploymentRow } from '@/api/backend';
import { Button } from '@/components/button';
import { Select } from '@/components/select';
import { deploymentLooks, look } from '@/status/statuses';
import { choicesOf, type Filter } from './search';

/** What the list is narrowed to. */
export function Filters({
  rows,
  value,
  onChange,
  onLeave,
}: {
  rows: DeploymentRow[];
  value: Filter;
  onChange: (change: Partial<Filter>) => void;
  /** The text is typed to its end. */
  onLeave: () => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  const { filter, status, organization, environment } = value;
  useSlash(() => {
    input.current?.focus();
    input.current?.select();
  });
  const { organizations, environments, statuses } = useMemo(
    () => ({
      organizations: choicesOf(rows, (row) => [row.organization]),
      environments: choicesOf(rows, (row) => row.environments.map(({ name }) => name)),
      statuses: [...new Set([...Object.keys(deploymentLooks), ...rows.map((row) => row.status)])],
    }),
    [rows],
  );
  return (
    <search aria-label="Filters" className="flex flex-wrap items-center gap-2 border-b px-4 py-2">
      <div className="relative w-72">
        <Search aria-hidden size={14} className="absolute top-2.25 left-2.5 text-faint" />
        <input
          ref={input}
          type="search"
          aria-label="Filter deployments"
          aria-keyshortcuts="/"
          placeholder="Filter by id, organization, project…"
          value={filter}
          onChange={(event) => onChange({ filter: event.target.value })}
          onBlur={onLeave}
          onKeyDown={(event) => {
            if (event.key === 'Escape') onChange({ filter: '' });
          }}
          className="h-8 w-full rounded-md border border-edge bg-raised pr-8 pl-8 shadow-raised focus-visible:outline-offset-0 [&::-webkit-search-cancel-button]:hidden"
        />
        {filter ? null : (
          <kbd
            aria-hidden
            className="absolute top-1.5 right-1.5 rounded border bg-canvas px-1.5 font-mono text-sm text-faint"
          >
            /
          </kbd>
        )}
      </div>
      <Select
        label="Status"
        value={status}
        onChange={(next) => onChange({ status: next })}
        choices={withAny('Any status', status, statuses, (word) => look(deploymentLooks, word).word)}
      />
      <Select
        label="Organization"
        value={organization}
        onChange={(next) => onChange({ organization: next })}
        choices={withAny('Any organization', organization, organizations)}
      />
      <Select
        label="Environment"
        value={environment}
        onChange={(next) => onChange({ environment: next })}
        choices={withAny('Any environment', environment, environments)}
      />
      {filter || status || organization || environment ? (
        <Button look="quiet" icon={X} onClick={() => onChange(noFilter)}>
          Clear
        </Button>
      ) : null}
    </search>
  );
}

const noFilter: Filter = { filter: '', status: '', organization: '', environment: '' };

/** The choices, and what is chosen even where no row has it any more. */
function withAny(any: string, chosen: string, values: string[], word = (value: string) => value) {
  const all = chosen && !values.includes(chosen) ? [...values, chosen] : values;
  return [{ value: '', label: any }, ...all.map((value) => ({ value, label: word(value) }))];
}

/** `/` outside of fields and dialogs. */
function useSlash(onSlash: () => void) {
  const heard = useEffectEvent((event: KeyboardEvent) => {
    const typing = event.target instanceof Element && event.target.closest('input, textarea, [role=dialog]');
    if (event.key === '/' && !typing) {
      event.preventDefault();
      onSlash();
    }
  });
  useEffect(() => {
    document.addEventListener('keydown', heard);
    return () => document.removeEventListener('keydown', heard);
  }, []);
}
