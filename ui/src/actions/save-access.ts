import { backend, type EnvironmentSettings } from '@/api/backend';

/** Writes how an environment is reached into its manifest. What stood there comes along, so that it can be undone. */
export const savingAccess = (deployment: string, environment: string) => ({
  mutationKey: ['save-access', deployment, environment],
  mutationFn: ({ after }: { before: EnvironmentSettings; after: EnvironmentSettings }) =>
    backend.setEnvironmentSettings(deployment, environment, after),
});
