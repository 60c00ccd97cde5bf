import { Segmented } from '@/components/controls/segmented';
import { type DeploymentView, deploymentViews } from '@/router';

const words: Record<DeploymentView, string> = { grid: 'Grid', graph: 'Graph', compare: 'Compare' };

/** The ways to look at a deployment's stacks. */
export function ViewSwitch({
  view,
  onView,
}: {
  view: DeploymentView;
  onView: (view: DeploymentView) => void;
}) {
  const choices = deploymentViews.map((value) => ({ value, label: words[value] }));
  return <Segmented label="View" value={view} choices={choices} onChange={onView} />;
}
