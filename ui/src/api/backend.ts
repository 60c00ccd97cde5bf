/**
 * The one door to the backend: typed commands that throw, and the events. Nothing outside `api/`
 * imports the generated bindings or Tauri.
 */
import { commands, events, type IpcError, type News, type Tag, type Wish } from '@/bindings';

import { mayTrust } from './trust';

export type * from '@/bindings';
/** The characters that are obeyed and not seen, as the first and the last of each range. */
export { unseen } from '@/bindings';

/** What a command refused or failed with: a code to act on, words to show. */
export class BackendError extends Error {
  readonly code: IpcError['code'];
  readonly hint: string | null;
  readonly problems: IpcError['problems'];

  constructor({ code, message, hint, problems }: IpcError) {
    super(message);
    this.name = 'BackendError';
    this.code = code;
    this.hint = hint;
    this.problems = problems;
  }
}

type Commands = typeof commands;
type Failed = { status: 'error'; error: IpcError };
type Succeeded = { status: 'ok'; data: unknown };

/** What a command answers when all is well. Those that cannot fail answer without a wrapping. */
type Answer<Outcome> = Outcome extends Failed ? never : Outcome extends Succeeded ? Outcome['data'] : Outcome;

/**
 * Every command, with its answer as a promise that rejects with a {@link BackendError}. One that needs an account which
 * the folder is not trusted with waits until somebody was asked.
 */
export type Backend = {
  [Name in keyof Commands]: (
    ...args: Parameters<Commands[Name]>
  ) => Promise<Answer<Awaited<ReturnType<Commands[Name]>>>>;
};

/** What is called for a press only, and not for what comes into sight. */
const pressed: ReadonlySet<string> = new Set<keyof Commands>([
  'detectDrift',
  'refreshDeployment',
  'startOperation',
  'startReview',
  'takeOverView',
]);

export const backend = Object.fromEntries(
  Object.entries(commands).map(([name, command]) => [
    name,
    async (...args: unknown[]) => {
      const call = () => (command as (...args: unknown[]) => Promise<unknown>)(...args);
      let outcome = await call();
      const question = isFailed(outcome) ? outcome.error.trust : null;
      if (question && (await mayTrust(question, pressed.has(name)))) {
        outcome = await call();
      }
      if (isFailed(outcome)) {
        throw new BackendError(outcome.error);
      }
      return isSucceeded(outcome) ? outcome.data : outcome;
    },
  ]),
) as Backend;

function isFailed(outcome: unknown): outcome is Failed {
  return isWrapped(outcome) && outcome.status === 'error' && 'error' in outcome;
}

function isSucceeded(outcome: unknown): outcome is Succeeded {
  return isWrapped(outcome) && outcome.status === 'ok' && 'data' in outcome;
}

function isWrapped(outcome: unknown): outcome is { status: unknown } {
  return typeof outcome === 'object' && outcome !== null && 'status' in outcome;
}

/** Calls `heard` with the tags that became stale, until the returned function is called. */
export const onChanged = (heard: (tags: Tag[]) => void) => listen(events.changed, ({ tags }) => heard(tags));

/** Calls `heard` with what happens in the operations of this program. */
export const onTold = (heard: (news: News) => void) => listen(events.told, heard);

/** Calls `heard` with what the user wants by way of the desktop: its menu bar, the tray, a notification. */
export const onWish = (heard: (wish: Wish) => void) => listen(events.wish, heard);

type Channel<Payload> = {
  listen: (heard: (event: { payload: Payload }) => void) => Promise<() => void>;
};

function listen<Payload>(channel: Channel<Payload>, heard: (payload: Payload) => void): () => void {
  const listening = channel.listen((event) => heard(event.payload));
  return () => {
    listening.then((stop) => stop()).catch(() => {});
  };
}
