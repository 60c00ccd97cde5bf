import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useMemo } from 'react';
import { hintOf } from '@/actions/keys';
import { appActions } from '@/actions/table';
import { BackendError, type DeploymentRow } from '@/api/backend';
import { queries } from '@/api/queries';
import { buttonClass } from '@/components/controls/button';
import { Hint } from '@/components/controls/hint';
import { useFilterText } from '@/components/controls/use-filter-text';
import { TopBar } from '@/components/frame/top-bar';
import { Loaded } from '@/components/loaded';
import { count } from '@/format';
import { href, type ListView, navigate, type Route } from '@/router';
import { BulkBar } from './bulk-bar';
import { DeploymentTable } from './deployment-table';
import { EmptyState } from './empty-state';
import { Filters } from './filters';
import { RefreshProgress } from './refresh-progress';
import { RootGone } from './root-gone';
import { filtered } from './search';
import { useSelection } from './selection';
import { formatSort, parseSort, sorted } from './sort';

/** Screen 1: every deployment under the root. */
export function DeploymentsScreen({ view }: { view: ListView }) {
  const deployments = useQuery(queries.deployments());
  return (
    <>
      <TopBar crumbs={[{ label: 'Deployments' }]}>
        <Way action={appActions.settings} to={{ page: 'settings' }} look="quiet" />
        <Way action={appActions.new} to={{ page: 'new' }} look="primary" />
      </TopBar>
      <main className="flex min-h-0 flex-1 flex-col bg-surface">
        {isGone(deployments.error) ? (
          <RootGone
            error={deployments.error}
            busy={deployments.isFetching}
            onRetry={() => void deployments.refetch()}
          />
        ) : (
          <Loaded query={deployments}>
            {(rows) => (rows.length === 0 ? <EmptyState /> : <List rows={rows} view={view} />)}
          </Loaded>
        )}
      </main>
    </>
  );
}

/** Whether the folder that held the deployments is gone: then old rows tell nothing. */
function isGone(error: Error | null): error is BackendError {
  return error instanceof BackendError && error.code === 'root_gone';
}

/** A way to another screen, which an action of the table has keys for. */
function Way({
  action: { words, icon: Icon, keys },
  to,
  look,
}: {
  action: typeof appActions.settings | typeof appActions.new;
  to: Route;
  look: 'quiet' | 'primary';
}) {
  const label = words();
  return (
    <Hint text={hintOf(label, keys)}>
      <a href={href(to)} className={buttonClass(look, 'normal')}>
        <Icon aria-hidden size={14} />
        {label}
      </a>
    </Hint>
  );
}

function List({ rows, view }: { rows: DeploymentRow[]; view: ListView }) {
  const { status, organization, environment } = view;
  const [text, setText, settle] = useFilterText(view.filter, (filter) => show({ filter }));
  const show = (change: Partial<ListView>) =>
    navigate({ page: 'deployments', ...view, filter: text, ...change }, 'replace');

  // What is typed shows at once; the list follows as soon as it can.
  const filter = useDeferredValue(text);
  const sort = useMemo(() => parseSort(view.sort), [view.sort]);
  const inOrder = useMemo(() => sorted(rows, sort), [rows, sort]);
  const shown = useMemo(
    () => filtered(inOrder, { filter, status, organization, environment }),
    [inOrder, filter, status, organization, environment],
  );
  const selection = useSelection(shown);
  return (
    <>
      <Filters
        rows={rows}
        value={{ filter: text, status, organization, environment }}
        onLeave={settle}
        onChange={({ filter: typed, ...choices }) => {
          if (typed !== undefined) setText(typed);
          if (Object.keys(choices).length > 0) show({ filter: typed ?? text, ...choices });
        }}
      />
      <DeploymentTable
        rows={shown}
        sort={sort}
        onSort={(next) => show({ sort: formatSort(next) })}
        selection={selection}
      />
      <RefreshProgress />
      {selection.chosen.length > 0 ? (
        <BulkBar chosen={selection.chosen} environment={environment} onClear={selection.clear} />
      ) : null}
      <Foot rows={rows} shown={shown.length} />
    </>
  );
}

function Foot({ rows, shown }: { rows: DeploymentRow[]; shown: number }) {
  const info = useQuery(queries.appInfo());
  const running = rows.filter((row) => row.running).length;
  const all = count(rows.length, 'deployment');
  const parts = [
    shown < rows.length ? `${shown} of ${all}` : all,
    ...(running > 0 ? [`${running} running`] : []),
  ];
  return (
    <footer className="flex items-center gap-4 border-t bg-canvas px-4 py-1.5 text-sm text-faint">
      <span role="status" className="shrink-0">
        {parts.join(' · ')}
      </span>
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
