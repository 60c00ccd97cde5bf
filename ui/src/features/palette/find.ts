/** What the palette finds: actions, deployments and stacks, by a few letters of their words in any order. */
import uFuzzy from '@leeoniya/ufuzzy';
import { Box, Layers, type LucideIcon } from 'lucide-react';
import type { Offer } from '@/actions/table';
import type { DeploymentDetail, DeploymentRow } from '@/api/backend';
import { deploymentRoute, navigate, placeIn, stackRoute } from '@/router';

/** One line of the palette. */
export type Entry = {
  id: string;
  label: string;
  /** What is shown beside the label. */
  beside: string;
  /** What else it is found by. */
  alias?: string;
  icon: LucideIcon;
  keys: string[];
  refused: string | null;
  danger?: boolean;
  /** What does the same in a terminal. */
  cloud: Offer['cloud'];
  onPick: () => void;
};

export const fromOffer = ({ id, label, icon, keys, refused, danger, note, cloud, onPick }: Offer): Entry => ({
  id,
  label,
  beside: refused ?? note ?? '',
  icon,
  keys,
  refused,
  danger,
  cloud,
  onPick,
});

const place = { keys: [], refused: null, cloud: null };

export const fromRow = ({ deployment_id, organization, project }: DeploymentRow): Entry => ({
  ...place,
  id: `deployment ${deployment_id}`,
  label: deployment_id,
  beside: [organization, project].filter(Boolean).join(' / '),
  alias: `${organization} ${project}`,
  icon: Layers,
  onPick: () => navigate(deploymentRoute(deployment_id)),
});

/** The stacks of the deployment in sight. */
export const fromStacks = ({ row, stacks }: DeploymentDetail): Entry[] =>
  stacks.flatMap(({ name, cells }) =>
    cells.map(({ environment }) => ({
      ...place,
      id: `stack ${row.deployment_id} ${name} ${environment}`,
      label: `${name} in ${environment}`,
      beside: 'Stack',
      icon: Box,
      onPick: () => navigate(stackRoute(placeIn(row.deployment_id), { stack: name, environment })),
    })),
  );

/** Letters of a word may be left out, words may stand in any order. */
const fuzzy = new uFuzzy({ intraIns: Number.POSITIVE_INFINITY });

/** More than anybody reads. */
const MOST = 60;

/** The entries that fit, best first. */
export function find(entries: Entry[], wanted: string): Entry[] {
  const needle = wanted.trim();
  if (needle === '') return entries.slice(0, MOST);
  const haystack = entries.map(({ label, alias }) => `${label} ${alias ?? ''}`);
  const [found, info, order] = fuzzy.search(haystack, needle, 1);
  if (!found) return [];
  const places = info && order ? order.map((at) => info.idx[at]) : found;
  const best = places.flatMap((at) => (at === undefined ? [] : (entries[at] ?? [])));
  // Whoever types the beginning of what it is called means that, whatever else has the same letters.
  const starts = ({ label }: Entry) => label.toLowerCase().startsWith(needle.toLowerCase());
  const called = [...best.filter(starts), ...best.filter((entry) => !starts(entry))];
  // What can be done comes before what cannot.
  const can = ({ refused }: Entry) => refused === null;
  return [...called.filter(can), ...called.filter((entry) => !can(entry))].slice(0, MOST);
}
