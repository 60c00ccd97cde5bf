/** A request as it stands in an address: `kind=destroy-stack&environment=dev&stack=network&force=true`. */
import type { Repair, Request } from '@/api/backend';

/** The parameters that carry a request, written and read by these names only. */
type Name =
  | 'kind'
  | 'environment'
  | 'stack'
  | 'skip_dependencies'
  | 'force'
  | 'retain'
  | 'force_delete'
  | 'way'
  | 'skip';

/** The parts of an address that carry a request. */
export function requestSearch(request: Request): [Name, string][] {
  const { kind, environment } = request;
  const parts: [Name, string][] = [['kind', kind]];
  const add = (name: Name, ...values: string[]) => {
    for (const value of values) parts.push([name, value]);
  };
  if (environment !== null) add('environment', environment);
  if ('stack' in request) add('stack', request.stack);
  switch (kind) {
    case 'deploy-stack':
      if (request.skip_dependencies) add('skip_dependencies', 'true');
      break;
    case 'destroy-stack':
      if (request.force) add('force', 'true');
      if (request.deletion) {
        add('retain', ...request.deletion.retain);
        if (request.deletion.force) add('force_delete', 'true');
      }
      break;
    case 'repair-stack':
      add('way', request.repair.way);
      if (request.repair.way === 'continue_rollback') add('skip', ...request.repair.skip);
      break;
  }
  return parts;
}

/** The request of an address; `null` where there is none that makes sense. */
export function parseRequest(query: URLSearchParams): Request | null {
  const { text, texts, says } = reader(query);
  const environment = text('environment');
  const stack = text('stack');
  const kind = text('kind');
  if (kind === 'destroy') return { kind, environment };
  if (!environment) return null;
  if (kind === 'deploy') return { kind, environment };
  if (!stack) return null;
  switch (kind) {
    case 'deploy-stack':
      return { kind, stack, environment, skip_dependencies: says('skip_dependencies') };
    case 'destroy-stack': {
      const retain = texts('retain');
      const force = says('force_delete');
      const deletion = retain.length > 0 || force ? { deletion: { retain, force } } : {};
      return { kind, stack, environment, force: says('force'), ...deletion };
    }
    case 'repair-stack': {
      const repair = parseRepair(query);
      return repair && { kind, stack, environment, repair };
    }
    default:
      return null;
  }
}

function parseRepair(query: URLSearchParams): Repair | null {
  const { text, texts } = reader(query);
  const way = text('way');
  switch (way) {
    case 'continue_rollback':
      return { way, skip: texts('skip') };
    case 'roll_back':
    case 'discard_review':
    case 'unprotect':
      return { way };
    default:
      return null;
  }
}

const reader = (query: URLSearchParams) => ({
  text: (name: Name) => query.get(name),
  texts: (name: Name) => query.getAll(name),
  says: (name: Name) => query.get(name) === 'true',
});
