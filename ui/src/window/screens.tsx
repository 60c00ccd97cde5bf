/** What stands behind the first screen: the code of each is loaded when it is first shown, so that the start need not wait. */
import { useDialogs } from '@/actions/dialogs';
import { useTrustQuestion } from '@/api/trust';
import { later } from '@/components/frame/later';

export const SettingsScreen = later(
  async () => (await import('@/features/settings/settings-screen')).SettingsScreen,
);
export const DeploymentScreen = later(
  async () => (await import('@/features/deployment/deployment-screen')).DeploymentScreen,
);
export const NewDeploymentScreen = later(
  async () => (await import('@/features/new-deployment/new-deployment-screen')).NewDeploymentScreen,
);
export const ReviewScreen = later(async () => (await import('@/features/review/review-screen')).ReviewScreen);

const Dialogs = later(async () => (await import('./dialogs')).Dialogs);

/** Where dialogs stand while there are some. */
export function DialogHost() {
  const { open, leaving } = useDialogs();
  const question = useTrustQuestion();
  return open || leaving || question ? <Dialogs /> : null;
}
