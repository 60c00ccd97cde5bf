import type { DeploymentDetail } from '@/api/backend';
import type { DeploymentRoute } from '@/router';

/** What is known of the deployment, where in it one is, and the way to another place in it. */
export type Shown = {
  detail: DeploymentDetail;
  place: DeploymentRoute;
  go: (change: Partial<DeploymentRoute>) => void;
};
