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

/** Whether what is shown is only the last known state: CloudFormation was asked, and did not tell. */
export function isOutOfReach(error: Error | null): boolean {
  return error !== null && !(error instanceof BackendError && error.code === 'busy');
}

function useShared<Answer>(mutationKey: MutationKey, mutationFn: () => Promise<Answer>): Asking<Answer> {
  const { mutate } = useMutation({ mutationKey, mutationFn });
  const last = useMutationState({
    filters: { mutationKey, exact: true },
    select: ({ state: { status, error } }) => ({ status, error }),
  }).at(-1);
  return {
    ask: (then) => mutate(undefined, { onSuccess: then }),
    asking: last?.status === 'pending',
    error: last?.status === 'error' ? last.error : null,
  };
}
