import { useQuery } from '@tanstack/react-query';
import type { SortingState } from '@tanstack/react-table';
import { KeyRound, Plus, Search } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { DeploymentRow } from '@/api/backend';
import { queries } from '@/api/queries';
import { buttonClass } from '@/components/button';
import { Loaded } from '@/components/loaded';
import { Select } from '@/components/select';
import { TopBar } from '@/components/top-bar';
import { count } from '@/format';
import { href, type ListView, navigate } from '@/router';
import { deploymentLooks, look } from '@/status/statuses';
import { DeploymentTable } from './deployment-table';
import { EmptyState } from './empty-state';

/** Screen 1: every deployment under the root. */
export function DeploymentsScreen({ view }: { view: ListView }) {
  const deployments = useQuery(queries.deployments());
  const show = (change: Partial<ListView>) =>
    navigate({ page: 'deployments', ...view, ...change }, 'replace');

  return (
    <>
      <TopBar crumbs={[{ label: 'Deployments' }]}>
        <a href={href({ page: 'access' })} className={buttonClass('quiet', 'normal')}>
          <KeyRound aria-hidden size={14} />
          AWS access
        </a>
        <a href={href({ page: 'new' })} className={buttonClass('primary', 'normal')}>
          <Plus aria-hidden size={14} />
          New deployment
        </a>
      </TopBar>
      <main className="flex min-h-0 flex-1 flex-col bg-surface">
        <Loaded query={deployments}>
          {(rows) =>
            rows.length === 0 ? (
              <EmptyState />
            ) : (
              <>
                <Filters rows={rows} view={view} onChange={show} />
                <DeploymentTable
                  rows={rows}
                  filter={view.filter}
                  status={view.status}
                  sorting={parseSort(view.sort)}
                  onSort={(sorting) => show({ sort: formatSort(sorting) })}
                />
                <Foot rows={rows} />
              </>
            )
          }
        </Loaded>
      </main>
    </>
  );
}

function Filters({
  rows,
  view,
  onChange,
}: {
  rows: DeploymentRow[];
  view: ListView;
  onChange: (change: Partial<ListView>) => void;
}) {
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing =
        event.target instanceof Element && event.target.closest('input, textarea, [role=dialog]');
      if (event.key === '/' && !typing) {
        event.preventDefault();
        input.current?.focus();
        input.current?.select();
      }
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);

  const statuses = [...new Set([...Object.keys(deploymentLooks), ...rows.map((row) => row.status)])];
  return (
    <section aria-label="Filters" className="flex items-center gap-2 border-b px-4 py-2">
      <div className="relative w-80">
        <Search aria-hidden size={14} className="absolute top-2.25 left-2.5 text-faint" />
        <input
          ref={input}
          type="search"
          aria-label="Filter deployments"
          aria-keyshortcuts="/"
          placeholder="Filter by id, organization, project…"
          value={view.filter}
          onChange={(event) => onChange({ filter: event.target.value })}
          onKeyDown={(event) => {
            if (event.key === 'Escape') onChange({ filter: '' });
          }}
          className="h-8 w-full rounded-md border border-edge bg-raised pr-8 pl-8 shadow-raised focus-visible:outline-offset-0 [&::-webkit-search-cancel-button]:hidden"
        />
        {view.filter ? null : (
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
        value={view.status}
        onChange={(status) => onChange({ status })}
        choices={[
          { value: '', label: 'Any status' },
          ...statuses.map((status) => ({ value: status, label: look(deploymentLooks, status).word })),
        ]}
      />
    </section>
  );
}

function Foot({ rows }: { rows: DeploymentRow[] }) {
  const info = useQuery(queries.appInfo());
  const running = rows.filter((row) => row.running).length;
  const parts = [count(rows.length, 'deployment'), ...(running > 0 ? [`${running} running`] : [])];
  return (
    <footer className="flex items-center gap-4 border-t bg-canvas px-4 py-1.5 text-sm text-faint">
      <span className="shrink-0">{parts.join(' · ')}</span>
      {info.data ? (
        <>
          <span
            className="min-w-0 flex-1 truncate text-right font-mono"
            title={`Deployments are kept in ${info.data.root}`}
          >
            {info.data.root}
          </span>
          <span className="shrink-0">Skydeck {info.data.version}</span>
        </>
      ) : null}
    </footer>
  );
}

/** `created.desc` ↔ the table's order; newest first where the address says nothing. */
function parseSort(sort: string): SortingState {
  const [id = 'created', direction = 'desc'] = sort ? sort.split('.') : [];
  return [{ id, desc: direction === 'desc' }];
}

function formatSort([first]: SortingState): string {
  return first ? `${first.id}.${first.desc ? 'desc' : 'asc'}` : '';
}
