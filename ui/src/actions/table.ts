/**
 * The one table of what a user can do. The palette, the menus, the shortcuts, their help and the buttons are all made
 * from it. Whether something can be done says the backend; where it applies follows from what it acts on.
 */
import type { QueryClient } from '@tanstack/react-query';
import {
  ArrowLeft,
  ArrowRight,
  Ban,
  ClipboardPaste,
  CloudUpload,
  Command,
  Copy,
  Diff,
  Download,
  ExternalLink,
  FolderOpen,
  Keyboard,
  KeyRound,
  List,
  type LucideIcon,
  PanelRight,
  Plus,
  Power,
  RefreshCw,
  Scissors,
  ScrollText,
  Search,
  Settings,
  TextSelect,
  Trash2,
  Upload,
} from 'lucide-react';
import {
  backend,
  type Cell,
  type Command as CloudCommand,
  type DeploymentDetail,
  type DeploymentRow,
  type EnvironmentView,
  type OperationSummary,
  type Request,
  type StackView,
} from '@/api/backend';
import { deploymentRoute, navigate, placeIn, stackRoute, wholeList } from '@/router';
import { detectDrift, driftCost, refresh } from './ask-cloudformation';
import { showDialog } from './dialogs';
import { focusFilterField, hasFilterField } from './filtering';
import { askFor } from './operations';
import { copy, sayOutcome } from './tell';
import { markAll, replaceMarked, type TextTarget } from './text';

/** The menus, in their order. */
export const menuTitles = ['File', 'View', 'Go', 'Help'] as const;

/** One row of the table: something that can be done to a `Target`. */
export type Action<Target> = {
  words: (target: Target) => string;
  icon: LucideIcon;
  /** As `tinykeys` writes them: `g d`, `$mod+k`. The first is shown; others do the same on other keyboards. */
  keys?: string[];
  menu?: (typeof menuTitles)[number];
  danger?: true;
  /** What there is to know before picking it. */
  note?: string;
  /** Why it cannot be done now. */
  refused?: (target: Target) => string | null;
} & (
  | {
      run: (target: Target, client: QueryClient) => void;
      /** What `cloud` does to the same end. */
      command?: (target: Target) => CloudCommand;
    }
  /** An operation: it is reviewed before it starts, and `cloud` can do the same. */
  | { request: (target: Target) => Request }
);

/** Anywhere. */
export const appActions = {
  palette: {
    words: () => 'Find anything…',
    icon: Command,
    keys: ['$mod+k'],
    menu: 'View',
    run: () => showDialog({ dialog: 'palette' }),
  },
  new: {
    words: () => 'New deployment',
    icon: Plus,
    keys: ['n'],
    menu: 'File',
    run: () => navigate({ page: 'new' }),
  },
  search: {
    words: () => 'Filter what is shown',
    icon: Search,
    keys: ['/', 'Shift+/'],
    menu: 'View',
    refused: () => (hasFilterField() ? null : 'There is nothing to filter here.'),
    run: focusFilterField,
  },
  deployments: {
    words: () => 'Deployments',
    icon: List,
    keys: ['g d'],
    menu: 'Go',
    run: () => navigate(wholeList),
  },
  settings: {
    words: () => 'Settings',
    icon: Settings,
    keys: ['g s', '$mod+,'],
    menu: 'Go',
    run: () => navigate({ page: 'settings' }),
  },
  back: {
    words: () => 'Back',
    icon: ArrowLeft,
    keys: ['Alt+ArrowLeft'],
    menu: 'Go',
    run: () => window.history.back(),
  },
  forward: {
    words: () => 'Forward',
    icon: ArrowRight,
    keys: ['Alt+ArrowRight'],
    menu: 'Go',
    run: () => window.history.forward(),
  },
  shortcuts: {
    words: () => 'Keyboard shortcuts',
    icon: Keyboard,
    keys: ['?', 'Shift+?', '$mod+/'],
    menu: 'Help',
    run: () => showDialog({ dialog: 'shortcuts' }),
  },
  quit: {
    words: () => 'Quit',
    icon: Power,
    keys: ['$mod+q'],
    menu: 'File',
    run: () => void backend.leave('asking'),
  },
} satisfies Record<string, Action<null>>;

/** To a deployment, as far as the list knows it. */
export const rowActions = {
  open: {
    words: ({ row }) => `Open ${row.deployment_id}`,
    icon: ArrowRight,
    run: ({ row }) => navigate(deploymentRoute(row.deployment_id)),
    command: () => ({ action: 'status' }),
  },
  refresh: {
    words: () => 'Refresh from CloudFormation',
    icon: RefreshCw,
    keys: ['r'],
    menu: 'View',
    refused: ({ row }) => row.refresh.refused,
    run: ({ row }, client) => refresh(client, row.deployment_id, null),
    command: () => ({ action: 'refresh', environment: null }),
  },
  copyId: {
    words: () => 'Copy id',
    icon: Copy,
    run: ({ row }) => copy(row.deployment_id, 'The id is copied'),
  },
  copyPath: {
    words: () => 'Copy folder path',
    icon: FolderOpen,
    run: ({ row }) => copy(row.path, 'The folder’s path is copied'),
  },
} satisfies Record<string, Action<{ row: DeploymentRow }>>;

/** To the deployment in sight. */
export const deploymentActions = {
  refresh: rowActions.refresh,
  copyPath: rowActions.copyPath,
  destroyAll: {
    words: () => 'Destroy all environments…',
    icon: Trash2,
    danger: true,
    refused: ({ destroy_all }) => destroy_all.refused,
    request: () => ({ kind: 'destroy', environment: null }),
  },
} satisfies Record<string, Action<DeploymentDetail>>;

export type EnvironmentTarget = { deployment: string; environment: EnvironmentView };

/** To an environment of a deployment. */
export const environmentActions = {
  deploy: {
    words: ({ environment }) => `Deploy ${environment.name}`,
    icon: CloudUpload,
    refused: ({ environment }) => environment.deploy.refused,
    request: ({ environment }) => ({ kind: 'deploy', environment: environment.name }),
  },
  refresh: {
    words: ({ environment }) => `Refresh ${environment.name} from CloudFormation`,
    icon: RefreshCw,
    refused: ({ environment }) => environment.look.refused,
    run: ({ deployment, environment }, client) => refresh(client, deployment, environment.name),
    command: ({ environment }) => ({ action: 'refresh', environment: environment.name }),
  },
  drift: {
    words: ({ environment }) => `Detect drift in ${environment.name}`,
    icon: Diff,
    note: driftCost,
    refused: ({ environment }) => environment.look.refused,
    run: ({ deployment, environment }, client) => detectDrift(client, deployment, environment.name, null),
    command: ({ environment }) => ({ action: 'drift', environment: environment.name, stack: null }),
  },
  access: {
    words: ({ environment }) => `Access of ${environment.name}…`,
    icon: KeyRound,
    refused: ({ environment: { name, former } }) =>
      former ? `${name} is not in the manifest any more` : null,
    run: ({ deployment, environment }) =>
      showDialog({ dialog: 'access', deployment, environment: environment.name }),
  },
  destroy: {
    words: ({ environment }) => `Destroy ${environment.name}…`,
    icon: Trash2,
    danger: true,
    refused: ({ environment }) => environment.destroy.refused,
    request: ({ environment }) => ({ kind: 'destroy', environment: environment.name }),
  },
} satisfies Record<string, Action<EnvironmentTarget>>;

export type StackTarget = { deployment: string; stack: StackView['name']; cell: Cell };

/** To one stack in one environment. */
export const stackActions = {
  deploy: {
    words: ({ stack, cell }) => `Deploy stack ${stack} in ${cell.environment}`,
    icon: Upload,
    refused: ({ cell }) => cell.deploy.refused,
    request: ({ stack, cell }) => ({
      kind: 'deploy-stack',
      stack,
      environment: cell.environment,
      skip_dependencies: false,
    }),
  },
  destroy: {
    words: ({ stack, cell }) => `Destroy stack ${stack} in ${cell.environment}`,
    icon: Trash2,
    danger: true,
    refused: ({ cell }) => cell.destroy.refused,
    request: ({ stack, cell }) => ({
      kind: 'destroy-stack',
      stack,
      environment: cell.environment,
      force: false,
    }),
  },
  drift: {
    words: ({ stack, cell }) => `Detect drift of ${stack} in ${cell.environment}`,
    icon: Diff,
    note: driftCost,
    refused: ({ cell }) => cell.detect_drift.refused,
    run: ({ deployment, stack, cell }, client) => detectDrift(client, deployment, cell.environment, stack),
    command: ({ stack, cell }) => ({ action: 'drift', environment: cell.environment, stack }),
  },
} satisfies Record<string, Action<StackTarget>>;

/** To a stack whose neighbours stand in the way, where that is wanted all the same. */
export const overridingActions = {
  deploy: {
    words: () => 'Deploy without dependencies…',
    icon: Upload,
    request: ({ stack, cell }) => ({
      kind: 'deploy-stack',
      stack,
      environment: cell.environment,
      skip_dependencies: true,
    }),
  },
  destroy: {
    words: () => 'Destroy although needed…',
    icon: Trash2,
    danger: true,
    request: ({ stack, cell }) => ({
      kind: 'destroy-stack',
      stack,
      environment: cell.environment,
      force: true,
    }),
  },
} satisfies Record<string, Action<StackTarget>>;

/** What else there is of a stack: to look at, and to copy. */
export const stackPlaces = {
  show: {
    words: ({ stack, cell }) => `Show ${stack} in ${cell.environment}`,
    icon: PanelRight,
    run: ({ deployment, stack, cell: { environment } }) =>
      navigate(stackRoute(placeIn(deployment), { stack, environment })),
  },
  console: {
    words: () => 'Open in the AWS console',
    icon: ExternalLink,
    refused: ({ cell }) => (cell.console ? null : 'It is not in the AWS console.'),
    run: ({ deployment, stack, cell: { environment } }) =>
      sayOutcome(
        backend.openConsole(deployment, { stack, environment }, null),
        'The AWS console could not be opened',
        () => null,
      ),
  },
  copyName: {
    words: () => 'Copy CloudFormation name',
    icon: Copy,
    run: ({ cell }) => copy(cell.cloudformation_name, 'The stack’s name is copied'),
  },
} satisfies Record<string, Action<StackTarget>>;

export type OperationTarget = { deployment: string; operation: OperationSummary; running: boolean };

/** To an operation of the history. */
export const operationActions = {
  show: {
    words: () => 'Show this operation',
    icon: ScrollText,
    run: ({ deployment, operation }) =>
      navigate({ ...placeIn(deployment), operation: operation.id, cell: null, help: false }),
    command: ({ operation }) => ({ action: 'log', operation: operation.id }),
  },
  cancel: {
    words: () => 'Cancel: start no further stack',
    icon: Ban,
    refused: ({ running }) => (running ? null : 'It does not run.'),
    run: ({ deployment, operation }) =>
      sayOutcome(
        backend.cancelOperation(deployment, operation.id, false),
        'The operation could not be cancelled',
        () => 'No further stack starts',
      ),
    command: () => ({ action: 'cancel' }),
  },
  save: {
    words: () => 'Export as JSON',
    icon: Download,
    run: ({ deployment, operation }) =>
      sayOutcome(
        backend.exportOperation(deployment, operation.id),
        'The log could not be saved',
        (path) => `Saved as ${path}`,
      ),
  },
  copyId: {
    words: () => 'Copy id',
    icon: Copy,
    run: ({ operation }) => copy(operation.id, 'The operation’s id is copied'),
  },
} satisfies Record<string, Action<OperationTarget>>;

/** To a line of a log. */
export const lineActions = {
  copy: {
    words: () => 'Copy line',
    icon: Copy,
    run: ({ line }) => copy(line, 'The line is copied'),
  },
} satisfies Record<string, Action<{ line: string }>>;

const nothingMarked = ({ marked }: TextTarget) => (marked ? null : 'Nothing is selected.');

/** To text that is marked, and to a field of text. Their keys work by themselves. */
export const textActions = {
  cut: {
    words: () => 'Cut',
    icon: Scissors,
    keys: ['$mod+x'],
    refused: nothingMarked,
    run: (target) => {
      copy(target.marked, null);
      replaceMarked(target, '');
    },
  },
  copy: {
    words: () => 'Copy',
    icon: Copy,
    keys: ['$mod+c'],
    refused: nothingMarked,
    run: ({ marked }) => copy(marked, null),
  },
  paste: {
    words: () => 'Paste',
    icon: ClipboardPaste,
    keys: ['$mod+v'],
    run: (target) =>
      sayOutcome(navigator.clipboard.readText(), 'It could not be pasted', (text) => {
        replaceMarked(target, text);
        return null;
      }),
  },
  selectAll: {
    words: () => 'Select all',
    icon: TextSelect,
    keys: ['$mod+a'],
    run: markAll,
  },
} satisfies Record<string, Action<TextTarget>>;

/** An action as it can be done here and now, for whatever shows it. */
export type Offer = {
  /** One word or more that only it has. */
  id: string;
  label: string;
  icon: LucideIcon;
  keys: string[];
  menu?: (typeof menuTitles)[number];
  danger?: boolean;
  note?: string;
  refused: string | null;
  /** What does the same in a terminal, on which deployment. */
  cloud: { deployment: string; command: CloudCommand } | null;
  onPick: () => void;
};

/** The rows of a part of the table, as they can be done to a target. `where` sets their ids apart. */
export function offers<Target, Part extends Record<string, Action<Target>>>(
  part: Part,
  target: Target,
  { deployment, where, client }: { deployment: string; where: string; client: QueryClient },
): Record<keyof Part, Offer> {
  const entries = Object.entries(part).map(([name, action]): [string, Offer] => {
    const { icon, keys = [], menu, danger, note } = action;
    const command = commandOf(action, target);
    const offer: Offer = {
      id: where ? `${name} ${where}` : name,
      label: action.words(target),
      icon,
      keys,
      menu,
      danger,
      note,
      refused: action.refused?.(target) ?? null,
      cloud: command && { deployment, command },
      onPick: () =>
        'run' in action ? action.run(target, client) : askFor(deployment, action.request(target)),
    };
    return [name, offer];
  });
  return Object.fromEntries(entries) as Record<keyof Part, Offer>;
}

function commandOf<Target>(action: Action<Target>, target: Target): CloudCommand | null {
  if ('run' in action) return action.command?.(target) ?? null;
  const pace = { parallel: null, stop_on_failure: false };
  return { action: 'run', request: action.request(target), pace };
}
