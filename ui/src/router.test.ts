import { expect, it } from 'vitest';
import type { Request } from '@/api/backend';
import { deploymentRoute, helpRoute, href, parseRoute, type Route, stackRoute, wholeList } from './router';

it.each<Route>([
  wholeList,
  {
    page: 'deployments',
    filter: 'a&b=c #d',
    status: 'partial',
    organization: 'Acme & Söhne',
    environment: 'prod',
    sort: 'project.asc',
  },
  { page: 'new' },
  { page: 'settings' },
  deploymentRoute('DX6604E'),
  {
    page: 'deployment',
    view: 'compare',
    on: 'dev',
    from: 'stage',
    to: 'prod',
    find: 'net & co',
    show: 'attention',
    tab: 'events',
    id: 'a folder/with ümlauts%',
    cell: { stack: 'network', environment: 'dev' },
    help: true,
    operation: '20251030T004648Z-deploy-k3f9',
  },
  { ...deploymentRoute('DX6604E', 'op1'), events: { of: 'network/dev', failures: true } },
])('an address brings back the place: %j', (route) => {
  expect(parseRoute(href(route))).toEqual(route);
});

const stack = { stack: 'network', environment: 'dev' };

it.each<Request>([
  { kind: 'deploy', environment: 'dev' },
  { kind: 'destroy', environment: null },
  { kind: 'destroy', environment: 'dev' },
  { kind: 'deploy-stack', ...stack, skip_dependencies: true },
  { kind: 'destroy-stack', ...stack, force: false },
  { kind: 'destroy-stack', ...stack, force: true, deletion: { retain: ['A', 'B'], force: false } },
  { kind: 'destroy-stack', ...stack, force: false, deletion: { retain: [], force: true } },
  { kind: 'repair-stack', ...stack, repair: { way: 'continue_rollback', skip: ['Role', 'Queue'] } },
  { kind: 'repair-stack', ...stack, repair: { way: 'continue_rollback', skip: [] } },
  { kind: 'repair-stack', ...stack, repair: { way: 'unprotect' } },
])('an address brings back the whole request: %j', (request) => {
  const route: Route = { page: 'review', id: 'DX6604E', request };
  expect(parseRoute(href(route))).toEqual(route);
});

it.each([
  'kind=deploy',
  'kind=deploy-stack&environment=dev',
  'kind=repair-stack&environment=dev&stack=network&way=magic',
  'kind=burn&environment=dev&stack=network',
  '',
])('a request that makes no sense is the deployment: %j', (query) => {
  expect(parseRoute(`#/deployments/DX6604E/review?${query}`)).toMatchObject({
    page: 'deployment',
    id: 'DX6604E',
  });
});

it.each(['', '#', '#/', '#/nowhere', '#/deployments/', '#/deployments?'])('%j is the whole list', (hash) => {
  expect(parseRoute(hash)).toEqual(wholeList);
});

it('survives an address that is broken', () => {
  expect(parseRoute('#/deployments/%E0%A4%A')).toMatchObject({ page: 'deployment', id: '%E0%A4%A' });
});

it('what leads to a stack keeps what else of its deployment is shown', () => {
  const place = { ...deploymentRoute('D1', 'op'), view: 'compare', find: 'net', tab: 'events' } as const;
  const key = { stack: 'network', environment: 'dev' };
  expect(href(stackRoute(place, key))).toBe(
    '#/deployments/D1/compare?find=net&stack=network&environment=dev&tab=events&operation=op',
  );
  // What helps stands in the panel's first part.
  expect(href(helpRoute(place, key))).toBe(
    '#/deployments/D1/compare?find=net&stack=network&environment=dev&help=true&operation=op',
  );
});
