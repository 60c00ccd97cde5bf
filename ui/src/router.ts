/**
 * Where the user is, kept in the address behind `#`: a reload, leaving and coming back keep the place.
 */
import { useSyncExternalStore } from 'react';

/** The list's filter and order; empty texts are left out of the address. */
export type ListView = { filter: string; status: string; sort: string };

export type Route =
  | ({ page: 'deployments' } & ListView)
  | { page: 'new' }
  | {
      page: 'deployment';
      id: string;
      cell: { stack: string; environment: string } | null;
      operation: string | null;
    };

export const wholeList: Route = { page: 'deployments', filter: '', status: '', sort: '' };

export const deploymentRoute = (id: string, operation: string | null = null): Route => ({
  page: 'deployment',
  id,
  cell: null,
  operation,
});

/** The route of an address; what cannot be understood is the list. */
export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?');
  const [page, id] = path.split('/').map(decode);
  const query = new URLSearchParams(search);
  const text = (name: string) => query.get(name) ?? '';
  if (page === 'new') {
    return { page: 'new' };
  }
  if (page === 'deployments' && id) {
    const stack = text('stack');
    const environment = text('environment');
    const cell = stack && environment ? { stack, environment } : null;
    return { page: 'deployment', id, cell, operation: query.get('operation') };
  }
  return { page: 'deployments', filter: text('filter'), status: text('status'), sort: text('sort') };
}

/** The address of a route. */
export function href(route: Route): string {
  switch (route.page) {
    case 'new':
      return '#/new';
    case 'deployments':
      return `#/deployments${search({ filter: route.filter, status: route.status, sort: route.sort })}`;
    case 'deployment':
      return `#/deployments/${encodeURIComponent(route.id)}${search({ ...route.cell, operation: route.operation })}`;
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

/** The present route. */
export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash);
  return parseRoute(hash);
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

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
