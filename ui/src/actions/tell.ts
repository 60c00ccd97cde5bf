/** The one place that decides what is said in a toast: what ended or was done, unless it is in sight already. */
import type { QueryClient } from '@tanstack/react-query';
import { CircleX, Copy, Info, Undo2 } from 'lucide-react';
import {
  backend,
  type DriftView,
  type News,
  onChanged,
  onTold,
  type Refreshed,
  type Tag,
} from '@/api/backend';
import { copyText } from '@/clipboard';
import { toasts } from '@/components/frame/toast';
import { count } from '@/format';
import { type DeploymentRoute, deploymentRoute, navigate, parseRoute, placeIn, stackRoute } from '@/router';
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

/** Says something in a toast; gives its id. `gone`: called when it is closed, by whomever. */
function say({ look, title, text, stays, action }: Told, gone?: () => void): string {
  const timeout = stays ? 0 : undefined;
  return toasts.add({ title, description: text, timeout, data: { look, action }, onClose: gone });
}

/** Copies a text for an action that has no place to say so; `null`: whoever copies knows that it is copied. */
export function copy(text: string, title: string | null): void {
  copyText(text).then(
    () => title !== null && say({ look: { ...plain, icon: Copy }, title, text }),
    () => say({ look: bad, title: 'It could not be copied', text }),
  );
}

/** Says what comes of something that an action without a place of its own asked for; nothing where `done` says nothing. */
export function sayOutcome<Answer>(
  answer: Promise<Answer>,
  failed: string,
  done: (answer: Answer) => string | null,
): void {
  answer.then(
    (answer) => {
      const title = done(answer);
      if (title !== null) say({ look: plain, title });
    },
    (error: Error) => say({ look: bad, title: failed, text: error.message, stays: true }),
  );
}

/** Says why an action cannot be done now. */
export const sayRefused = (title: string, why: string) => say({ look: plain, title, text: why });

/** Tells of operations and of what was asked for, for as long as the returned function is not called. */
export function tell(client: QueryClient): () => void {
  const shown = new Map<string, News>();
  const stops = [
    onTold((news) => {
      if (isInSight(news)) return;
      const id = say(fromNews(news), () => shown.delete(id));
      shown.set(id, news);
    }),
    onChanged((tags) => {
      for (const [id, news] of shown) {
        if (tags.some((tag) => tag === 'everything' || isOf(tag, news.deployment)))
          void closeIfOver(id, news);
      }
    }),
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
      const [deployment, , stack] = of;
      if (outcome === 'error' && error && (stack || !shows(deployment))) {
        say({
          look: bad,
          title: answer.failed,
          text: error.message,
          stays: true,
          action: showingSubject(of),
        });
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
    succeeded: (_, of, data) => {
      const [deployment, environment, stack] = of;
      const { operation, stacks } = data as DriftView;
      if (!stack) {
        found(deployment, operation, `${environment} of ${deployment} is compared with its templates`);
        return;
      }
      const [only] = stacks;
      const look = only ? driftLook(only.drift.status, only.drift.resources.length) : plain;
      say({ look, title: `${stack} in ${environment}: ${look.word}`, action: showingSubject(of) });
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
  const place = placeInSight(deployment);
  if (place?.operation === null) {
    navigate({ ...place, operation }, 'replace');
  } else {
    say({ look: plain, title, action: showing(deployment, operation) });
  }
}

const isOf = (tag: Tag, deployment: string) =>
  typeof tag === 'object' && 'deployment' in tag && tag.deployment === deployment;

/** What a toast says may have been true once; it goes when a later operation, or an answer, has made it untrue. */
async function closeIfOver(id: string, { deployment, operation, happening }: News): Promise<void> {
  const holds = await backend.newsHold(deployment, operation, happening).catch(() => true);
  if (!holds) toasts.close(id);
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
  return placeInSight(deployment)?.operation === operation;
}

const here = () => parseRoute(window.location.hash);

/** The place in a deployment, if its screen is in sight. */
function placeInSight(deployment: string | undefined): DeploymentRoute | null {
  const route = here();
  return route.page === 'deployment' && route.id === deployment ? route : null;
}

/** Whether the panel is open of the stack that a question is about: `[deployment, environment, stack]`. */
function isStackInSight([deployment, environment, stack]: string[]): boolean {
  const { cell, tab } = placeInSight(deployment) ?? {};
  const isOpen = stack !== undefined && cell?.stack === stack && cell.environment === environment;
  // Its drift is told in its first part.
  return isOpen && tab === '';
}

const shows = (deployment: string | undefined) => {
  const route = here();
  return 'id' in route && route.id === deployment;
};

/** Leads to what a question is about: a stack's panel, else its deployment. */
function showingSubject([deployment = '', environment, stack]: string[]) {
  if (!environment || !stack) return showing(deployment);
  const show = () => navigate({ ...stackRoute(placeIn(deployment), { stack, environment }), tab: '' });
  return { label: 'Show', run: show };
}

const showing = (deployment = '', operation: string | null = null) => ({
  label: 'Show',
  run: () => navigate(deploymentRoute(deployment, operation)),
});
