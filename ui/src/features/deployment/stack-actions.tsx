import { Trash2, Upload } from 'lucide-react';
import { askFor } from '@/actions/operations';
import type { Cell } from '@/api/backend';
import { ActionButton } from '@/components/button';

/** Deploying and destroying one stack in one environment. */
export function StackActions({
  deployment,
  stack,
  cell: { environment, deploy, destroy },
  iconsOnly,
  reachable = true,
}: {
  deployment: string;
  stack: string;
  cell: Cell;
  iconsOnly?: boolean;
  /** Whether Tab leads to them. */
  reachable?: boolean;
}) {
  const tabIndex = reachable ? undefined : -1;
  return (
    <>
      <ActionButton
        label={`Deploy stack ${stack} in ${environment}`}
        icon={Upload}
        tabIndex={tabIndex}
        refused={deploy.refused}
        onPress={() =>
          askFor(deployment, { kind: 'deploy-stack', stack, environment, skip_dependencies: false })
        }
      >
        {iconsOnly ? undefined : 'Deploy stack'}
      </ActionButton>
      <ActionButton
        label={`Destroy stack ${stack} in ${environment}`}
        icon={Trash2}
        tabIndex={tabIndex}
        refused={destroy.refused}
        onPress={() => askFor(deployment, { kind: 'destroy-stack', stack, environment, force: false })}
      >
        {iconsOnly ? undefined : 'Destroy stack…'}
      </ActionButton>
    </>
  );
}
