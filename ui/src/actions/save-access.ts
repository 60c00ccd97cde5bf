import { backend, type EnvironmentSettings } from '@/api/backend';

export type SavingAccess = {
  /** What stood there: it comes along, so that it can be undone. */
  before: EnvironmentSettings;
  after: EnvironmentSettings;
  /** What has to stand there still, for it to be written. */
  expected: EnvironmentSettings | null;
  /** Whether the account of an environment on AWS has to be proven first. */
  prove: boolean;
};

/** Writes how an environment is reached into its manifest. */
export const savingAccess = (deployment: string, environment: string) => ({
  mutationKey: ['save-access', deployment, environment],
  mutationFn: ({ after, expected, prove }: SavingAccess) =>
    backend.setEnvironmentSettings(deployment, environment, after, expected, prove),
});
