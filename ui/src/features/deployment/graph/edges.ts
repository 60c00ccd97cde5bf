/** The lines between the cards: which are drawn how, and why. */
import type { Dependent } from '@/api/backend';

/** How a line is drawn. `blocked`: a failure at or before its start keeps its end from going on. */
export type Line = 'plain' | 'blocked' | 'chosen' | 'aside';

/** `why`: what makes the stack at its end need the one at its start, like `imports shared-arn`. */
export type Link = { from: string; to: string; line: Line; why: string[] };

/** One line for each need, from the stack that is needed. With the kin of a chosen stack all that has nothing to do with it steps aside. */
export function links(stacks: Dependent[], kin: ReadonlySet<string> | null): Link[] {
  const known = new Map(stacks.map((stack) => [stack.stack, stack]));
  return stacks.flatMap((to) =>
    to.needs.flatMap((name) => {
      const from = known.get(name);
      return from
        ? [{ from: name, to: to.stack, line: lineOf(from, to, kin), why: to.reasons[name] ?? [] }]
        : [];
    }),
  );
}

function lineOf(from: Dependent, to: Dependent, kin: ReadonlySet<string> | null): Line {
  const carries = to.blocked_by.some((cause) => cause === from.stack || from.blocked_by.includes(cause));
  if (kin && !(kin.has(from.stack) && kin.has(to.stack))) return 'aside';
  if (carries) return 'blocked';
  return kin ? 'chosen' : 'plain';
}

/** A stack, all that it needs and all that needs it, directly or through others. */
export function kinOf(stacks: Pick<Dependent, 'stack' | 'needs'>[], chosen: string): ReadonlySet<string> {
  const needs = new Map(stacks.map(({ stack, needs }) => [stack, needs]));
  const neededBy = new Map<string, string[]>();
  for (const { stack, needs } of stacks) {
    for (const need of needs) neededBy.set(need, [...(neededBy.get(need) ?? []), stack]);
  }
  return new Set([...reach(needs, chosen), ...reach(neededBy, chosen)]);
}

function reach(next: ReadonlyMap<string, string[]>, start: string): Set<string> {
  const reached = new Set([start]);
  // A set is walked in the order in which it grows.
  for (const current of reached) for (const further of next.get(current) ?? []) reached.add(further);
  return reached;
}
