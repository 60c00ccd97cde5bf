/** Going from card to card by the arrow keys. */
import type { Dependent } from '@/api/backend';
import type { Spot } from './layout';

type Stacks = Pick<Dependent, 'stack' | 'needs'>[];

/** The card that a key leads to: left to what it needs, right to what needs it, up and down in its column. `null`: the key leads nowhere. */
export function next(
  stacks: Stacks,
  spots: ReadonlyMap<string, Spot>,
  from: string,
  key: string,
): string | null {
  const here = spots.get(from);
  if (!here) return null;
  const height = (name: string) => spots.get(name)?.y ?? 0;
  // The next column first: what is further away can be reached through it.
  const far = ({ x, y }: Spot) => Math.abs(x - here.x) * 1000 + Math.abs(y - here.y);
  const nearest = (names: string[]) =>
    names
      .map((name) => ({ name, spot: spots.get(name) }))
      .filter((it): it is { name: string; spot: Spot } => it.spot !== undefined)
      .toSorted((a, b) => far(a.spot) - far(b.spot))[0]?.name ?? null;
  const column = () => stacks.map(({ stack }) => stack).filter((name) => spots.get(name)?.x === here.x);
  switch (key) {
    case 'ArrowLeft':
      return nearest(stacks.find(({ stack }) => stack === from)?.needs ?? []);
    case 'ArrowRight':
      return nearest(stacks.filter(({ needs }) => needs.includes(from)).map(({ stack }) => stack));
    case 'ArrowUp':
      return nearest(column().filter((name) => height(name) < here.y));
    case 'ArrowDown':
      return nearest(column().filter((name) => height(name) > here.y));
    default:
      return null;
  }
}
