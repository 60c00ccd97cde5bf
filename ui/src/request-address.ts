/** A request as it stands in an address: `kind=destroy-stack&environment=dev&stack=network&force=true`. */
import type { Repair, Request } from '@/api/backend';

/** The parts of an address that carry a request. */
export function requestSearch(request: Request): [name: string, value: string][] {
  const { kind, environment } = request;
  const parts: [string, string][] = [['kind', kind]];
  const add = (name: string, ...values: string[]) => {
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
  const environment = query.get('environment');
  const stack = query.get('stack');
  const kind = query.get('kind');
  const says = (name: string) => query.get(name) === 'true';
  if (kind === 'destroy') return { kind, environment };
  if (!environment) return null;
  if (kind === 'deploy') return { kind, environment };
  if (!stack) return null;
  switch (kind) {
    case 'deploy-stack':
      return { kind, stack, environment, skip_dependencies: says('skip_dependencies') };
    case 'destroy-stack': {
      const retain = query.getAll('retain');
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
  const way = query.get('way');
  switch (way) {
    case 'continue_rollback':
      return { way, skip: query.getAll('skip') };
    case 'roll_back':
    case 'discard_review':
    case 'unprotect':
      return { way };
    default:
      return null;
  }
}
