/**
 * Where the user is, kept in the address behind `#`: a reload, leaving and coming back keep the place.
 */
import { useSyncExternalStore } from 'react';
import type { Request, StackKey } from '@/api/backend';
import { parseRequest, requestSearch } from './request-address';

/** The parameters of the list's address. */
const listNames = ['filter', 'status', 'organization', 'environment', 'sort'] as const;

/** The parameters of a deployment's address, in their order. */
const placeNames = [
  'on',
  'from',
  'to',
  'find',
  'show',
  'stack',
  'environment',
  'tab',
  'help',
  'operation',
  'events',
  'failures',
] as const;

/** What stands in an address under these names; what is empty is left out of it. */
type Texts<Name extends string> = Record<Name, string>;

/** The list's filter and order. */
export type ListView = Texts<(typeof listNames)[number]>;

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

const nothing = new URLSearchParams();

export const wholeList: Route = { page: 'deployments', ...read(nothing, listNames) };

/** A deployment's place in the address. */
export type DeploymentRoute = Extract<Route, { page: 'deployment' }>;

export const deploymentRoute = (id: string, operation: string | null = null): DeploymentRoute => ({
  ...placeOf(id, 'grid', nothing),
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
  if (page === 'new' || page === 'settings') {
    return { page };
  }
  if (page === 'deployments' && id) {
    const request = part === 'review' ? parseRequest(query) : null;
    if (request) return { page: 'review', id, request };
    return placeOf(id, deploymentViews.find((view) => view === part) ?? 'grid', query);
  }
  return { page: 'deployments', ...read(query, listNames) };
}

function placeOf(id: string, view: DeploymentView, query: URLSearchParams): DeploymentRoute {
  const { stack, environment, help, operation, events, failures, ...texts } = read(query, placeNames);
  const filter = { of: events, failures: failures !== '' };
  return {
    page: 'deployment',
    id,
    view,
    ...texts,
    cell: stack && environment ? { stack, environment } : null,
    help: help !== '',
    operation: operation || null,
    ...(filter.of || filter.failures ? { events: filter } : {}),
  };
}

/** The address of a route. */
export function href(route: Route): string {
  switch (route.page) {
    case 'new':
    case 'settings':
      return `#/${route.page}`;
    case 'deployments':
      return `#/${route.page}${search(listNames, route)}`;
    case 'deployment': {
      const { id, view, cell, help, operation, events, ...texts } = route;
      const shown = view === 'grid' ? '' : `/${view}`;
      return `${deployment(id)}${shown}${search(placeNames, {
        ...texts,
        stack: cell?.stack ?? '',
        environment: cell?.environment ?? '',
        help: flag(help),
        operation: operation ?? '',
        events: events?.of ?? '',
        failures: flag(events?.failures ?? false),
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

const flag = (is: boolean) => (is ? 'true' : '');

function read<Name extends string>(query: URLSearchParams, names: readonly Name[]): Texts<Name> {
  return Object.fromEntries(names.map((name) => [name, query.get(name) ?? ''])) as Texts<Name>;
}

function search<Name extends string>(names: readonly Name[], texts: Texts<Name>): string {
  const given = names.filter((name) => texts[name]).map((name) => [name, texts[name]]);
  return given.length > 0 ? `?${new URLSearchParams(given)}` : '';
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
