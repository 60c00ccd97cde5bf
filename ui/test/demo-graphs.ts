/** Dependencies to look at: those of a demo deployment, and generated ones of any size. */
import type { Dependent, DeploymentDetail } from '@/api/backend';

/** As the files of that deployment have them, with its first failure in the way of what needs it. */
export function dependenciesOf({ stacks }: DeploymentDetail, environment: string): Dependent[] {
  return block(
    stacks.map(({ name, needs, cells }) => {
      const cell = cells.find((it) => it.environment === environment);
      return {
        stack: name,
        status: cell?.status ?? 'not_deployed',
        since: cell?.last_updated ?? null,
        enabled: cell?.enabled ?? false,
        former: false,
        needs,
        reasons: reasons(needs),
        blocked_by: [],
      };
    }),
  );
}

/** Some of each kind. */
function reasons(needs: string[]): Dependent['reasons'] {
  const kinds = ['uses output VpcId', 'imports shared-arn', 'depends_on'];
  return Object.fromEntries(needs.map((need, n) => [need, kinds.slice(n % 3, (n % 3) + 1)]));
}

/** So many stacks in layers, some of them under way, one failed. */
export function layered(count: number): Dependent[] {
  const wide = Math.ceil(Math.sqrt(count) * 1.4);
  return block(
    Array.from({ length: count }, (_, n): Dependent => {
      const layer = Math.floor(n / wide);
      const before = (k: number) => `service-${(layer - 1) * wide + ((n * 7 + k * 3) % wide)}`;
      const status =
        n === wide + 2 ? 'failed' : layer < 3 ? 'deployed' : layer === 3 ? 'deploying' : 'not_deployed';
      const needs = layer === 0 ? [] : [before(0), ...(n % 3 === 0 ? [before(1)] : [])];
      return {
        stack: `service-${n}`,
        status,
        since: new Date(Date.now() - (n % 50) * 1000).toISOString(),
        enabled: n % 11 !== 5,
        former: false,
        needs,
        reasons: reasons(needs),
        blocked_by: [],
      };
    }),
  );
}

function block(stacks: Dependent[]): Dependent[] {
  for (const cause of stacks.filter(({ status }) => status === 'failed')) {
    const reached = new Set([cause.stack]);
    for (const name of reached) {
      for (const stack of stacks) if (stack.needs.includes(name)) reached.add(stack.stack);
    }
    for (const stack of stacks) {
      if (stack !== cause && reached.has(stack.stack)) stack.blocked_by.push(cause.stack);
    }
  }
  return stacks;
}
