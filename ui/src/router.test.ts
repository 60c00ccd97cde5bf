import { expect, it } from 'vitest';
import { href, parseRoute, type Route, wholeList } from './router';

it.each<Route>([
  wholeList,
  { page: 'deployments', filter: 'a&b=c #d', status: 'partial', sort: 'project.asc' },
  { page: 'new' },
  { page: 'deployment', id: 'DX6604E', cell: null, operation: null },
  {
    page: 'deployment',
    id: 'a folder/with ümlauts%',
    cell: { stack: 'network', environment: 'dev' },
    operation: '20251030T004648Z-deploy-k3f9',
  },
])('an address brings back the place: %j', (route) => {
  expect(parseRoute(href(route))).toEqual(route);
});

it.each(['', '#', '#/', '#/nowhere', '#/deployments/', '#/deployments?'])('%j is the whole list', (hash) => {
  expect(parseRoute(hash)).toEqual(wholeList);
});

it('survives an address that is broken', () => {
  expect(parseRoute('#/deployments/%E0%A4%A')).toMatchObject({ page: 'deployment', id: '%E0%A4%A' });
});
