/** Asking CloudFormation how stacks stand. Whoever shows the same question shares its state, and so does who comes later. */
import { type MutationKey, useMutation, useMutationState } from '@tanstack/react-query';
import { BackendError, backend } from '@/api/backend';

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
export function useRefresh(deployment: string, environment: string | null) {
  return useShared(['refresh', deployment, environment], () =>
    backend.refreshDeployment(deployment, environment),
  );
}

/** Has the stacks of an environment compared with their templates, or one of them. */
export function useDriftDetection(deployment: string, environment: string, stack: string | null) {
  return useShared(['drift', deployment, environment, stack], () =>
    backend.detectDrift(deployment, environment, stack),
  );
}

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

function useShared<Answer>(mutationKey: MutationKey, mutationFn: () => Promise<Answer>): Asking<Answer> {
  const { mutate } = useMutation({ mutationKey, mutationFn });
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
