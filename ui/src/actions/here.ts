/** What can be done here and now: the rows of the table, for what is in sight. */
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { DeploymentDetail } from '@/api/backend';
import { queries } from '@/api/queries';
import { useRoute } from '@/router';
import { useHasFilterField } from './filtering';
import {
  appActions,
  deploymentActions,
  type EnvironmentTarget,
  environmentActions,
  type Offer,
  offers,
  type StackTarget,
  stackActions,
} from './table';

const onDeployment = (client: QueryClient, detail: DeploymentDetail) =>
  offers(deploymentActions, detail, { deployment: detail.row.deployment_id, where: 'deployment', client });

const onEnvironment = (client: QueryClient, target: EnvironmentTarget) =>
  offers(environmentActions, target, {
    deployment: target.deployment,
    where: target.environment.name,
    client,
  });

const onStack = (client: QueryClient, target: StackTarget) =>
  offers(stackActions, target, {
    deployment: target.deployment,
    where: `${target.stack} ${target.cell.environment}`,
    client,
  });

/** What can be done to a deployment, by the names of the table. */
export const useDeploymentOffers = (detail: DeploymentDetail) => onDeployment(useQueryClient(), detail);
/** What can be done to an environment. */
export const useEnvironmentOffers = (target: EnvironmentTarget) => onEnvironment(useQueryClient(), target);
/** What can be done to a stack in an environment. */
export const useStackOffers = (target: StackTarget) => onStack(useQueryClient(), target);

/** The deployment in sight, if its screen or one of its reviews is. */
export function useDeploymentInSight(): DeploymentDetail | undefined {
  const route = useRoute();
  const id = 'id' in route ? route.id : null;
  const { data } = useQuery({ ...queries.deployment(id ?? ''), enabled: id !== null });
  return id === null ? undefined : data;
}

/** What the menus and the shortcuts do: to the deployment in sight, and anywhere. */
export function useCommonOffers(): Offer[] {
  const client = useQueryClient();
  const detail = useDeploymentInSight();
  const hasFilter = useHasFilterField();
  // biome-ignore lint/correctness/useExhaustiveDependencies: whether there is a filter decides what is refused
  return useMemo(
    () => [
      ...Object.values(offers(appActions, null, { deployment: '', where: '', client })),
      ...(detail ? Object.values(onDeployment(client, detail)) : []),
    ],
    [client, detail, hasFilter],
  );
}

/** All that can be done from here, refused or not; what acts on the selected stack comes first. */
export function useAllOffers(): Offer[] {
  const client = useQueryClient();
  const common = useCommonOffers();
  const detail = useDeploymentInSight();
  const route = useRoute();
  const cell = route.page === 'deployment' ? route.cell : null;
  const selected = cell && `${cell.stack} ${cell.environment}`;
  return useMemo(() => {
    if (!detail) return common;
    const deployment = detail.row.deployment_id;
    const environments = detail.environments.map((environment) =>
      onEnvironment(client, { deployment, environment }),
    );
    const stacks = detail.stacks.flatMap(({ name, cells }) =>
      cells.map((cell) => onStack(client, { deployment, stack: name, cell })),
    );
    const all = [...environments.flatMap(values), ...common, ...stacks.flatMap(values)];
    const isSelected = ({ id }: Offer) => selected !== null && id.endsWith(` ${selected}`);
    return [...all.filter(isSelected), ...all.filter((offer) => !isSelected(offer))];
  }, [client, common, detail, selected]);
}

const values = (each: Record<string, Offer>) => Object.values(each);
