/** What can be done here and now: the rows of the table, for what is in sight. */
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { DeploymentDetail, DeploymentRow } from '@/api/backend';
import { queries } from '@/api/queries';
import { useRoute } from '@/router';
import type { About } from './about';
import { useHasFilterField } from './filtering';
import {
  appActions,
  deploymentActions,
  type EnvironmentTarget,
  environmentActions,
  lineActions,
  type Offer,
  type OperationTarget,
  offers,
  operationActions,
  overridingActions,
  rowActions,
  type StackTarget,
  stackActions,
  stackPlaces,
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

const onRow = (client: QueryClient, row: DeploymentRow) =>
  offers(rowActions, { row }, { deployment: row.deployment_id, where: row.deployment_id, client });

const onOperation = (client: QueryClient, target: OperationTarget) =>
  offers(operationActions, target, {
    deployment: target.deployment,
    where: target.operation.id,
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

/** What can be done to a stack although others stand in the way, where that can be asked for. */
export function useOverridingOffers(target: StackTarget): Offer[] {
  return overriding(useQueryClient(), target);
}

function overriding(client: QueryClient, target: StackTarget): Offer[] {
  const { deployment, stack, cell } = target;
  const { deploy, destroy } = offers(overridingActions, target, {
    deployment,
    where: `anyway ${stack} ${cell.environment}`,
    client,
  });
  return [...(cell.deploy_anyway ? [deploy] : []), ...(cell.destroy_anyway ? [destroy] : [])];
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

/** What can be done to what a part of the screen is about, in groups; where it is about nothing (`null`), to the deployment in sight. */
export function useOffersAbout(what: About | null): Offer[][] {
  const client = useQueryClient();
  const inSight = useDeploymentInSight();
  const inList = what?.about === 'deployment';
  const id = what?.deployment ?? '';
  const { data: rows } = useQuery({ ...queries.deployments(), enabled: inList });
  const { data: detail } = useQuery({ ...queries.deployment(id), enabled: what !== null && !inList });
  // Only where its whole history is shown are there more operations than the deployment has at hand.
  const { data: older } = useQuery({ ...queries.history(id), enabled: false });
  if (what === null) return inSight ? [values(onDeployment(client, inSight))] : [];
  const deployment = what.deployment;
  if (what.about === 'deployment') {
    const row = rows?.find(({ deployment_id }) => deployment_id === deployment);
    return row ? [values(onRow(client, row))] : [];
  }
  if (!detail) return [];
  const stackOffers = (stack: string, environment: string): Offer[][] => {
    const cells = detail.stacks.find(({ name }) => name === stack)?.cells ?? [];
    const cell = cells.find((each) => each.environment === environment);
    if (!cell) return [];
    const target = { deployment, stack, cell };
    const places = offers(stackPlaces, target, { deployment, where: `${stack} ${environment}`, client });
    return [values(places), [...values(onStack(client, target)), ...overriding(client, target)]];
  };
  switch (what.about) {
    case 'environment': {
      const environment = detail.environments.find(({ name }) => name === what.environment);
      return environment ? [values(onEnvironment(client, { deployment, environment }))] : [];
    }
    case 'stack':
      return stackOffers(what.stack, what.environment);
    case 'stacks': {
      const cells = detail.stacks.find(({ name }) => name === what.stack)?.cells ?? [];
      return cells.map((cell) => values(onStack(client, { deployment, stack: what.stack, cell })));
    }
    case 'operation': {
      const operation = [...detail.operations, ...(older ?? [])].find((each) => each.id === what.operation);
      const running = detail.row.running?.operation === what.operation;
      return operation ? [values(onOperation(client, { deployment, operation, running }))] : [];
    }
    case 'line': {
      const line = offers(lineActions, what, { deployment, where: 'line', client });
      return [values(line), ...stackOffers(what.stack, what.environment)];
    }
  }
}
