/** What filters and orders look at. It is made once for each row, since a row that has not changed stays the same value. */
import type { DeploymentRow } from '@/api/backend';
import type { ListView } from '@/router';

const texts = new WeakMap<DeploymentRow, string>();

function searchText(row: DeploymentRow): string {
  let text = texts.get(row);
  if (text === undefined) {
    const environments = row.environments.flatMap(({ name, target }) => [name, target]);
    text = [row.deployment_id, row.organization, row.project, row.domain, row.problem, ...environments]
      .join(' ')
      .toLowerCase();
    texts.set(row, text);
  }
  return text;
}

/** What the list is narrowed to. */
export type Filter = Omit<ListView, 'sort'>;

/** The rows that the filter lets through; an empty part of it lets everything through. */
export function filtered(rows: DeploymentRow[], { filter, status, organization, environment }: Filter) {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const isWanted = (row: DeploymentRow) =>
    (status === '' || row.status === status) &&
    (organization === '' || row.organization === organization) &&
    (environment === '' || row.environments.some(({ name }) => name === environment)) &&
    words.every((word) => searchText(row).includes(word));
  return rows.filter(isWanted);
}

const keys = new Map<string, string>();

/** Texts whose order as words of a program is the order in which people count: without case and accents, numbers by value. */
export function sortKey(text: string): string {
  let key = keys.get(text);
  if (key === undefined) {
    key = text
      .normalize('NFKD')
      .toLowerCase()
      .replace(/\d+/g, (digits) => digits.padStart(12, '0'));
    keys.set(text, key);
  }
  return key;
}

const order = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** What there is to choose from, each once and in order. */
export function choicesOf(rows: DeploymentRow[], say: (row: DeploymentRow) => string[]): string[] {
  return [...new Set(rows.flatMap(say))].sort(order.compare);
}
