/** Asking CloudFormation how stacks stand. Whoever shows the same question shares its state, and so does who comes later. */
import { type MutationKey, type QueryClient, useMutation, useMutationState } from '@tanstack/react-query';
import { BackendError, backend } from '@/api/backend';
import { run } from './run';

/** One question to CloudFormation, as far as it has come. */
export type Asking<Answer> = {
  /** Asks; `then` gets the answer if its screen is still there. */
  ask: (then?: (answer: Answer) => void) => void;
  asking: boolean;
  /** Why the last one failed. */
  error: Error | null;
  /** When the last one was asked, in milliseconds since 1970. */
  askedAt: number;
};

/** Asks for every stack of an environment, or of all (`null`), and mends what the files say. */
export const refreshing = (deployment: string, environment: string | null) => ({
  mutationKey: ['refresh', deployment, environment],
  mutationFn: () => backend.refreshDeployment(deployment, environment),
});

/** What there is to know before drift detection is asked for. */
export const driftCost = 'CloudFormation looks at every resource: that can take minutes.';

/** Has the stacks of an environment compared with their templates, or one of them. */
const detecting = (deployment: string, environment: string, stack: string | null) => ({
  mutationKey: ['drift', deployment, environment, stack],
  mutationFn: () => backend.detectDrift(deployment, environment, stack),
});

export const useRefresh = (...of: Parameters<typeof refreshing>) => useShared(refreshing(...of));
export const useDriftDetection = (...of: Parameters<typeof detecting>) => useShared(detecting(...of));

/** The same, asked by an action that has no place on the screen. */
export const refresh = (client: QueryClient, ...of: Parameters<typeof refreshing>) =>
  run(client, refreshing(...of), undefined);
export const detectDrift = (client: QueryClient, ...of: Parameters<typeof detecting>) =>
  run(client, detecting(...of), undefined);

/** Whether CloudFormation was asked, and did not tell. */
function isOutOfReach(error: Error | null): boolean {
  return error !== null && !(error instanceof BackendError && error.code === 'busy');
}

/** Whether what was checked then is only the last known state: CloudFormation was asked since, and did not tell. */
export function isLastKnown({ error, askedAt }: Asking<unknown>, checkedAt: string | null): boolean {
  return isOutOfReach(error) && (checkedAt === null || Date.parse(checkedAt) < askedAt);
}

/** The same of an environment, which is asked by itself or with all others. */
export function useIsLastKnown(deployment: string, environment: string, checkedAt: string | null): boolean {
  const [alone, withAll] = [useRefresh(deployment, environment), useRefresh(deployment, null)];
  return isLastKnown(alone, checkedAt) || isLastKnown(withAll, checkedAt);
}

type Question<Answer> = { mutationKey: MutationKey; mutationFn: () => Promise<Answer> };

function useShared<Answer>(question: Question<Answer>): Asking<Answer> {
  const { mutationKey } = question;
  const { mutate } = useMutation(question);
  const last = useMutationState({
    filters: { mutationKey, exact: true },
    select: ({ state: { status, error, submittedAt } }) => ({ status, error, submittedAt }),
  }).at(-1);
  return {
    ask: (then) => mutate(undefined, { onSuccess: then }),
    asking: last?.status === 'pending',
    error: last?.status === 'error' ? last.error : null,
    askedAt: last?.submittedAt ?? 0,
  };
}
