import { X } from 'lucide-react';
import { useMemo } from 'react';
import { FilterField } from '@/actions/filter-field';
import type { DeploymentRow } from '@/api/backend';
import { Button } from '@/components/controls/button';
import { Select } from '@/components/controls/select';
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
  const { filter, status, organization, environment } = value;
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
      <div className="w-72">
        <FilterField
          label="Filter deployments"
          placeholder="Filter by id, organization, project…"
          value={filter}
          onChange={(text) => onChange({ filter: text })}
          onLeave={onLeave}
        />
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
