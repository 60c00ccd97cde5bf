import { useQuery, useQueryClient } from '@tanstack/react-query';
import { ArrowRight, RefreshCw, Terminal, X } from 'lucide-react';
import { copy } from '@/actions/tell';
import type { DeploymentRow } from '@/api/backend';
import { queries } from '@/api/queries';
import { ActionButton, Button } from '@/components/controls/button';
import { CopyButton } from '@/components/controls/copy-button';
import { Menu } from '@/components/controls/menu';
import { keepsClear } from '@/components/frame/foot';
import { count } from '@/format';
import { deploymentRoute, navigate } from '@/router';
import { refreshMany, useRefreshOfMany } from './refresh-many';

/** What can be done to the chosen deployments. */
export function BulkBar({
  chosen,
  environment,
  onClear,
}: {
  chosen: DeploymentRow[];
  /** The one that the list is narrowed to, or empty. */
  environment: string;
  onClear: () => void;
}) {
  const running = useRefreshOfMany();
  const ids = chosen.map((row) => row.deployment_id);
  const commands = useQuery(queries.commandLines(ids, environment || null));
  const [only] = chosen;
  return (
    <section
      ref={keepsClear}
      aria-label="Actions for the chosen deployments"
      className="flex flex-wrap items-center gap-2 border-t bg-accent-ground px-4 py-1.5"
    >
      <span role="status" className="mr-1 font-medium">
        {count(chosen.length, 'deployment')} chosen
      </span>
      {chosen.length === 1 && only ? (
        <Button size="small" icon={ArrowRight} onClick={() => navigate(deploymentRoute(only.deployment_id))}>
          Open
        </Button>
      ) : null}
      <RefreshButton chosen={chosen} busy={running !== null && !running.over} />
      <CopyButton text={ids.join('\n')} label="Copy ids">
        Copy ids
      </CopyButton>
      <Menu
        trigger={
          <Button
            look="quiet"
            size="small"
            icon={Terminal}
            aria-label="Copy as cloud commands"
            disabled={!commands.data}
            focusableWhenDisabled
          >
            Copy commands
          </Button>
        }
        entries={(commands.data ?? []).map(({ title, lines }) => ({
          label: title,
          icon: Terminal,
          refused: lines ? null : 'None of them has an environment.',
          note: lines.split('\n', 1)[0],
          onPick: () => copy(lines, 'The commands are copied'),
        }))}
      />
      <span className="flex-1" />
      <Button look="quiet" size="small" icon={X} aria-keyshortcuts="Escape" onClick={onClear}>
        Choose none
      </Button>
    </section>
  );
}

/** Asks for those for which it can be asked; for the others the reasons stand on the button. */
function RefreshButton({ chosen, busy }: { chosen: DeploymentRow[]; busy: boolean }) {
  const client = useQueryClient();
  const can = chosen.filter((row) => row.refresh.refused === null);
  const refused = chosen.filter((row) => row.refresh.refused !== null);
  const reasons = refused.slice(0, 3).map((row) => `${row.deployment_id}: ${row.refresh.refused}`);
  const more = refused.length > 3 ? [`and ${refused.length - 3} more`] : [];
  const all = refused.length === 0;
  return (
    <ActionButton
      label={`Refresh ${count(can.length, 'deployment')} from CloudFormation`}
      refused={
        busy ? 'a refresh of many is under way' : can.length > 0 ? null : [...reasons, ...more].join('\n')
      }
      icon={RefreshCw}
      onPress={() =>
        void refreshMany(
          client,
          can.map((row) => row.deployment_id),
        )
      }
    >
      {all ? 'Refresh from CloudFormation' : `Refresh ${can.length} of ${chosen.length} from CloudFormation`}
    </ActionButton>
  );
}
