/** The form's content and what its problems belong to. What is right and wrong is the backend's to say. */
import type { FieldProblem, NewDeployment, NewEnvironment, Target } from '@/api/backend';

/** The account of a sandbox environment, until it becomes a real one. */
export const SANDBOX_ACCOUNT = '000000000000';

/** Environments that most deployments end up with, offered one click away. */
export const usualEnvironments = ['dev', 'stage', 'prod'];

export function newEnvironment(name: string): NewEnvironment {
  return { name, target: 'sandbox', region: 'us-east-1', account: SANDBOX_ACCOUNT, profile: null };
}

/** The environment at another target. The sandbox's account is nobody's on AWS, so it does not come along. */
export function retarget(environment: NewEnvironment, target: Target): NewEnvironment {
  const { account } = environment;
  if (target === 'aws') {
    return { ...environment, target, account: account === SANDBOX_ACCOUNT ? '' : account };
  }
  return { ...environment, target, account: account || SANDBOX_ACCOUNT, profile: null };
}

/** The problems to show: of the fields that the user has left, or all once creating was tried. */
export function shownProblems(problems: FieldProblem[], touched: ReadonlySet<string>, tried: boolean) {
  return new Map(
    problems
      .filter(({ field }) => tried || touched.has(field))
      .map(({ field, message }) => [field, message] as const),
  );
}

/** The problems that have no field of their own in the form. */
export function strayProblems(problems: FieldProblem[], draft: NewDeployment): FieldProblem[] {
  const fields = new Set(['organization', 'project', 'domain']);
  for (const index of draft.environments.keys()) {
    for (const part of ['name', 'region', 'account', 'profile']) {
      fields.add(`environments.${index}.${part}`);
    }
  }
  return problems.filter(({ field }) => !fields.has(field));
}
