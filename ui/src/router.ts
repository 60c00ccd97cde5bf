/**
 * Where the user is, kept in the address behind `#`: a reload, leaving and coming back keep the place.
 */
import { useSyncExternalStore } from 'react';
import type { Request, StackKey } from '@/api/backend';
import { parseRequest, requestSearch } from './request-address';

/** The list's filter and order; empty texts are left out of the address. */
export type ListView = {
  filter: string;
  status: string;
  organization: string;
  environment: string;
  sort: string;
};

/** Which events of an operation are shown; empty: those of every stack. */
export type EventFilter = { of: string; failures: boolean };

/** The ways to look at a deployment; each is a part of the address, but for the first. */
export const deploymentViews = ['grid', 'graph', 'compare'] as const;
export type DeploymentView = (typeof deploymentViews)[number];

export type Route =
  | ({ page: 'deployments' } & ListView)
  | { page: 'new' }
  | { page: 'settings' }
  | {
      page: 'deployment';
      id: string;
      /** What of it is shown. */
      view: DeploymentView;
      /** The graph's environment where no cell is chosen; empty: the first. */
      on: string;
      /** The environments that are compared; empty: which, is not chosen yet. */
      from: string;
      to: string;
      /** The grid's filter: a text in a stack's name, and how its cells stand; empty: all. */
      find: string;
      show: string;
      /** The part of a stack's panel; empty: the first. */
      tab: string;
      cell: { stack: string; environment: string } | null;
      /** Whether what helps the cell's stack is shown without being asked for. */
      help: boolean;
      operation: string | null;
      /** The operation's events: of one stack (its {@link keyName}), and whether only what failed. */
      events?: EventFilter;
    }
  /** What an operation would change, and the question whether it may start. */
  | { page: 'review'; id: string; request: Request };

export const wholeList: Route = {
  page: 'deployments',
  filter: '',
  status: '',
  organization: '',
  environment: '',
  sort: '',
};

const wholeDeployment = {
  page: 'deployment',
  view: 'grid',
  on: '',
  from: '',
  to: '',
  find: '',
  show: '',
  tab: '',
  cell: null,
  help: false,
  operation: null,
} as const;

/** A deployment's place in the address. */
export type DeploymentRoute = Extract<Route, { page: 'deployment' }>;

export const deploymentRoute = (id: string, operation: string | null = null): DeploymentRoute => ({
  ...wholeDeployment,
  id,
  operation,
});

/** A stack of a deployment; what else is shown of that stays. */
export const stackRoute = (place: DeploymentRoute, { stack, environment }: StackKey): DeploymentRoute => ({
  ...place,
  cell: { stack, environment },
  help: false,
});

/** What helps a stack out of the state in which it is held fast. */
export const helpRoute = (place: DeploymentRoute, key: StackKey): DeploymentRoute => ({
  ...stackRoute(place, key),
  tab: '',
  help: true,
});

/** The route of an address; what cannot be understood is the list. */
export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?');
  const [page, id, part] = path.split('/').map(decode);
  const query = new URLSearchParams(search);
  const text = (name: string) => query.get(name) ?? '';
  if (page === 'new' || page === 'settings') {
    return { page };
  }
  if (page === 'deployments' && id) {
    const request = part === 'review' ? parseRequest(query) : null;
    if (request) return { page: 'review', id, request };
    const stack = text('stack');
    const environment = text('environment');
    const cell = stack && environment ? { stack, environment } : null;
    const events = { of: text('events'), failures: query.has('failures') };
    return {
      page: 'deployment',
      id,
      view: deploymentViews.find((view) => view === part) ?? 'grid',
      on: text('on'),
      from: text('from'),
      to: text('to'),
      find: text('find'),
      show: text('show'),
      tab: text('tab'),
      cell,
      help: query.has('help'),
      operation: query.get('operation'),
      ...(events.of || events.failures ? { events } : {}),
    };
  }
  return {
    page: 'deployments',
    filter: text('filter'),
    status: text('status'),
    organization: text('organization'),
    environment: text('environment'),
    sort: text('sort'),
  };
}

/** The address of a route. */
export function href(route: Route): string {
  switch (route.page) {
    case 'new':
    case 'settings':
      return `#/${route.page}`;
    case 'deployments': {
      const { page, ...view } = route;
      return `#/${page}${search(view)}`;
    }
    case 'deployment': {
      const { id, view, cell, help, on, from, to, find, show, tab, operation, events } = route;
      const shown = view === 'grid' ? '' : `/${view}`;
      return `${deployment(id)}${shown}${search({
        on,
        from,
        to,
        find,
        show,
        ...cell,
        tab,
        help: help ? 'true' : null,
        operation,
        events: events?.of,
        failures: events?.failures ? 'true' : null,
      })}`;
    }
    case 'review':
      return `${deployment(route.id)}/review?${new URLSearchParams(requestSearch(route.request))}`;
  }
}

/** Goes to a route; `replace` leaves no step behind for 'back'. */
export function navigate(route: Route, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') {
    window.location.hash = href(route);
  } else {
    window.history.replaceState(null, '', href(route));
    window.dispatchEvent(new HashChangeEvent('hashchange'));
  }
}

/** The present place in a deployment; its beginning, where another screen is in sight. */
export function placeIn(id: string): DeploymentRoute {
  const route = parseRoute(window.location.hash);
  return route.page === 'deployment' && route.id === id ? route : deploymentRoute(id);
}

/** The present route. */
export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash);
  return parseRoute(hash);
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

const deployment = (id: string) => `#/deployments/${encodeURIComponent(id)}`;

function search(values: { [name: string]: string | null | undefined }): string {
  const given = Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return given.length > 0 ? `?${new URLSearchParams(given)}` : '';
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
