/** The one place that decides what is said in a toast: what ended or was done, unless it is in sight already. */
import type { QueryClient } from '@tanstack/react-query';
import { CircleX, Copy, Info, Undo2 } from 'lucide-react';
import { type DriftView, type News, onTold, type Refreshed, type StackKey } from '@/api/backend';
import { toasts } from '@/components/toast';
import { count, keyName } from '@/format';
import { deploymentRoute, navigate, parseRoute, placeIn, stackRoute } from '@/router';
import { cutOff, driftLook, type Look, operationLooks, waitingLooks } from '@/status/statuses';
import { run } from './run';
import { type SavingAccess, savingAccess } from './save-access';

type Told = {
  look: Look;
  title: string;
  text?: string;
  /** It stays until somebody closes it. */
  stays?: boolean;
  action?: { label: string; run: () => void };
};

const bad: Look = { word: 'Failed', icon: CircleX, tone: 'bad' };
const plain: Look = { word: 'Note', icon: Info, tone: 'idle' };

/** Says something in a toast. */
function say({ look, title, text, stays, action }: Told): void {
  toasts.add({ title, description: text, timeout: stays ? 0 : undefined, data: { look, action } });
}

/** Copies a text for an action that has no place to say so. */
export function copy(text: string, title: string): void {
  navigator.clipboard.writeText(text).then(
    () => say({ look: { ...plain, icon: Copy }, title, text }),
    () => say({ look: bad, title: 'It could not be copied', text }),
  );
}

/** Says why an action cannot be done now. */
export const sayRefused = (title: string, why: string) => say({ look: plain, title, text: why });

/** Tells of operations and of what was asked for, for as long as the returned function is not called. */
export function tell(client: QueryClient): () => void {
  const stops = [
    onTold((news) => isInSight(news) || say(fromNews(news))),
    client.getMutationCache().subscribe(({ type, mutation, ...event }) => {
      const outcome = type === 'updated' && 'action' in event ? event.action.type : null;
      const [kind, ...of] = (mutation?.options.mutationKey ?? []) as string[];
      const answer = kind ? answers[kind] : undefined;
      // Whoever asked for many tells of them together.
      if (!answer || !mutation || mutation.meta?.quiet) return;
      const { data, variables, error } = mutation.state;
      // What is asked of one stack, its panel tells.
      if (isStackInSight(of)) return;
      if (outcome === 'success') answer.succeeded(client, of, data, variables);
      const [deployment, environment, stack] = of;
      if (outcome === 'error' && error && (stack || !shows(deployment))) {
        const isOfStack = deployment && environment && stack;
        const action = isOfStack ? showingStack(deployment, { stack, environment }) : showing(deployment);
        say({ look: bad, title: answer.failed, text: error.message, stays: true, action });
      }
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

type Answer = {
  failed: string;
  succeeded: (client: QueryClient, of: string[], data: unknown, variables: unknown) => void;
};

/** What is said of each kind of question or change, by the first word of its key. */
const answers: Record<string, Answer> = {
  refresh: {
    failed: 'CloudFormation could not be asked',
    succeeded: (_, [deployment], data) => {
      const { operation, mended } = data as Refreshed;
      found(deployment, operation, `${count(mended.length, 'stack')} mended in ${deployment}`);
    },
  },
  drift: {
    failed: 'The stacks could not be compared',
    succeeded: (_, [deployment = '', environment = '', stack], data) => {
      const { operation, stacks } = data as DriftView;
      if (!stack) {
        found(deployment, operation, `${environment} of ${deployment} is compared with its templates`);
      } else {
        const key = { stack, environment };
        const { drift } = stacks.find((each) => keyName(each.key) === keyName(key)) ?? {};
        const look = drift ? driftLook(drift.status, drift.resources.length) : plain;
        say({
          look,
          title: `${stack} in ${environment}: ${look.word}`,
          action: showingStack(deployment, key),
        });
      }
    },
  },
  'save-access': {
    failed: 'The access could not be saved',
    succeeded: (client, [deployment = '', environment = ''], _, variables) => {
      const { before, after } = variables as SavingAccess;
      // What stood there needs no proof: every operation asks for one before it starts.
      const undone = { before: after, after: before, expected: after, prove: false };
      const undo = () => run(client, savingAccess(deployment, environment), undone);
      say({
        look: { ...plain, icon: Undo2 },
        title: `Access of ${environment} in ${deployment} is saved`,
        action: { label: 'Undo', run: undo },
      });
    },
  },
};

/** What a look at CloudFormation found is shown where its deployment is in sight without another log, and told elsewhere. */
function found(deployment: string | undefined, operation: string | null, title: string): void {
  if (!deployment || operation === null) return;
  const route = here();
  if (route.page === 'deployment' && route.id === deployment && route.operation === null) {
    navigate({ ...route, operation }, 'replace');
  } else {
    say({ look: plain, title, action: showing(deployment, operation) });
  }
}

function fromNews({ deployment, operation, happening, title, text }: News): Told {
  const look = newsLook(happening);
  return { look, title, text, stays: look.tone !== 'ok', action: showing(deployment, operation) };
}

function newsLook(happening: News['happening']): Look {
  if (typeof happening === 'object') return operationLooks[happening.ended];
  return happening === 'waits' ? waitingLooks.answer : cutOff;
}

/** Whether what news are about stands on the screen. */
function isInSight({ deployment, operation }: News): boolean {
  const route = here();
  if (route.page !== 'deployment' || route.id !== deployment) return false;
  return route.operation === operation;
}

const here = () => parseRoute(window.location.hash);

/** Whether the panel is open of the stack that a question is about: `[deployment, environment, stack]`. */
function isStackInSight([deployment, environment, stack]: string[]): boolean {
  const route = here();
  if (route.page !== 'deployment' || route.id !== deployment) return false;
  const isOpen = stack !== undefined && route.cell?.stack === stack && route.cell.environment === environment;
  // Its drift is told in its first part.
  return isOpen && route.tab === '';
}

const shows = (deployment: string | undefined) => {
  const route = here();
  return 'id' in route && route.id === deployment;
};

const showingStack = (deployment: string, key: StackKey) => ({
  label: 'Show',
  run: () => navigate({ ...stackRoute(placeIn(deployment), key), tab: '' }),
});

const showing = (deployment = '', operation: string | null = null) => ({
  label: 'Show',
  run: () => navigate(deploymentRoute(deployment, operation)),
});
