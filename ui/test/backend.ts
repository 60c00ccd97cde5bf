import { emit } from '@tauri-apps/api/event';
import { mockIPC } from '@tauri-apps/api/mocks';
import type { Event, IpcError, News, Tag, Wish } from '@/api/backend';

/** A command's arguments as they cross to the backend. */
export type Arguments = Record<string, unknown>;

/** Answers by command name, as the backend knows it: `list_deployments`. */
export type Answers = { [command: string]: (args: Arguments) => unknown };

/** Stands in for the backend: each command gets its answer, events work. */
export function installBackend(answers: Answers): void {
  mockIPC(
    (command, args) => {
      const answer = answers[command];
      if (!answer) throw new Error(`no answer to ${command}`);
      return wrapped(command, answer((args ?? {}) as Arguments));
    },
    { shouldMockEvents: true },
  );
}

/** A plain list of rows is the whole table. */
async function wrapped(command: string, answer: unknown): Promise<unknown> {
  const rows = await answer;
  return command === 'list_deployments' && Array.isArray(rows)
    ? { revision: 0, whole: true, rows, gone: [] }
    : rows;
}

/** Tells the interface that what these tags name has changed. */
export async function announce(...tags: Tag[]): Promise<void> {
  await emit('changed', { tags });
}

/** Tells the interface what happened in an operation of this program. */
export async function tellNews(news: News): Promise<void> {
  await emit('told', news);
}

/** Asks the interface for something, by way of the desktop. */
export async function wishFor(wish: Wish): Promise<void> {
  await emit('wish', wish);
}

/** A refusal, as a command rejects with it. */
export function refusal(code: IpcError['code'], message: string, change: Partial<IpcError> = {}): IpcError {
  return { code, message, hint: null, problems: [], trust: null, ...change };
}

/** The part of a log that a question asks for. */
export function from(events: Event[], { fromSeq }: Arguments): Event[] {
  return events.slice(Number(fromSeq));
}
