/**
 * The question whether a folder may use the accounts that it names. It is asked where a command needs the answer, which
 * waits for it and is then given to the backend again. What was refused once is not asked for again before somebody presses
 * something that needs it.
 */
import { useSyncExternalStore } from 'react';
import { commands, type TrustQuestion } from '@/bindings';

type Asked = { question: TrustQuestion; answered: Promise<boolean>; answer: (trusted: boolean) => void };

let asked: Asked | null = null;
const refused = new Set<string>();
const listeners = new Set<() => void>();

function change(next: Asked | null) {
  asked = next;
  for (const heard of listeners) heard();
}

/**
 * Asks, unless another question stands, or that was refused before and nothing was `pressed`; whether the folder is trusted
 * then.
 */
export function mayTrust(question: TrustQuestion, pressed: boolean): Promise<boolean> {
  if (asked?.question.deployment === question.deployment) return asked.answered;
  if (asked || (refused.has(question.deployment) && !pressed)) return Promise.resolve(false);
  return askForTrust(question);
}

/** Asks, whatever was answered before. */
export function askForTrust(question: TrustQuestion): Promise<boolean> {
  let answer = (_: boolean) => {};
  const answered = new Promise<boolean>((resolve) => {
    answer = resolve;
  });
  change({ question, answered, answer });
  return answered;
}

/** Trusts the folder with what was shown, or does not. */
export async function answerTrust(trusted: boolean): Promise<void> {
  if (!asked) return;
  const { question, answer } = asked;
  const { deployment, unknown } = question;
  change(null);
  if (!trusted) {
    refused.add(deployment);
    return answer(false);
  }
  refused.delete(deployment);
  const told = await commands.trustDeployment(
    deployment,
    unknown.map(({ access }) => access),
  );
  answer(told.status === 'ok');
}

/** The question that stands. */
export const useTrustQuestion = () => useSyncExternalStore(subscribe, () => asked?.question ?? null);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
