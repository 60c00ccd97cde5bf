/**
 * Every question that the interface asks, and for each the tags that it provides: when a `changed` event
 * names one of them, the answer is asked for anew (see freshness.ts). Nothing polls.
 */
import { type QueryClient, queryOptions } from '@tanstack/react-query';
import {
  backend,
  type Command,
  type DeploymentRow,
  type Event,
  type NewDeployment,
  type StackKey,
  type Tag,
} from './backend';

/** A tag as one word, to compare tags by. */
export function tagName(tag: Tag): string {
  return typeof tag === 'string' ? tag : Object.entries(tag).flat().join(':');
}

const provides = (...tags: Tag[]) => ({ provides: tags.map(tagName) });

export const queries = {
  deployments: () =>
    queryOptions({
      queryKey: ['deployments'],
      queryFn: ({ client, queryKey }) => laterRows(client, queryKey),
      select: rowsOf,
      meta: provides('deployments'),
    }),
  /** What can be done to these deployments on the command line. */
  commandLines: (ids: string[], environment: string | null) =>
    queryOptions({
      queryKey: ['command-lines', ids, environment],
      queryFn: () => backend.commandLines(ids, environment),
      meta: provides('deployments'),
      gcTime: 0,
    }),
  deployment: (id: string) =>
    queryOptions({
      queryKey: ['deployment', id],
      queryFn: () => backend.deployment(id),
      meta: provides({ deployment: id }),
    }),
  /** What the folder names and is not trusted with. */
  trustQuestion: (id: string) =>
    queryOptions({
      queryKey: ['trust-question', id],
      queryFn: () => backend.trustQuestion(id),
      meta: provides({ deployment: id }),
    }),
  takeOver: (id: string) =>
    queryOptions({
      queryKey: ['take-over', id],
      queryFn: () => backend.takeOverView(id),
      meta: provides(),
      gcTime: 0,
    }),
  dependencies: (id: string, environment: string) =>
    queryOptions({
      queryKey: ['dependencies', id, environment],
      queryFn: () => backend.dependencies(id, environment),
      meta: provides({ deployment: id }),
    }),
  review: (review: string, deployment: string) =>
    queryOptions({
      queryKey: ['review', review],
      queryFn: () => backend.review(review),
      // A change of the deployment's files makes it out of date.
      meta: provides({ review }, { deployment }),
      // A review belongs to its screen: the next one is made anew.
      gcTime: 0,
    }),
  recovery: (id: string, key: StackKey) =>
    queryOptions({
      queryKey: ['recovery', id, key],
      queryFn: () => backend.recovery(id, key),
      meta: provides({ deployment: id }),
      gcTime: 0,
    }),
  stackDrift: (id: string, key: StackKey) =>
    queryOptions({
      queryKey: ['stack-drift', id, key],
      queryFn: () => backend.stackDrift(id, key),
      meta: provides({ deployment: id }),
      gcTime: 0,
    }),
  // What CloudFormation tells of one stack is asked once somebody looks, and again when the stack changed (`since`).
  stackResources: (id: string, key: StackKey, since: string | null) =>
    queryOptions({
      queryKey: ['stack-resources', id, key, since],
      queryFn: () => backend.stackResources(id, key),
      meta: provides(),
    }),
  stackParameters: (id: string, key: StackKey, since: string | null) =>
    queryOptions({
      queryKey: ['stack-parameters', id, key, since],
      queryFn: () => backend.stackParameters(id, key),
      meta: provides(),
      // The files' side of it may be edited at any time: it is asked for anew whenever it comes into sight.
      gcTime: 0,
    }),
  stackTemplate: (id: string, key: StackKey, since: string | null) =>
    queryOptions({
      queryKey: ['stack-template', id, key, since],
      queryFn: () => backend.stackTemplate(id, key),
      meta: provides(),
      gcTime: 0,
    }),
  stackEvents: (id: string, key: StackKey, since: string | null) =>
    queryOptions({
      queryKey: ['stack-events', id, key, since],
      queryFn: () => backend.stackEvents(id, key),
      meta: provides(),
    }),
  stackLog: (id: string, key: StackKey) =>
    queryOptions({
      queryKey: ['stack-log', id, key],
      queryFn: () => backend.stackLog(id, key),
      meta: provides({ deployment: id }),
      gcTime: 0,
    }),
  comparison: (id: string, from: string, to: string) =>
    queryOptions({
      queryKey: ['comparison', id, from, to],
      queryFn: () => backend.compareEnvironments(id, from, to),
      meta: provides(),
      gcTime: 0,
    }),
  comparedTemplates: (id: string, stack: string, from: string, to: string, asked: string) =>
    queryOptions({
      // Of another comparison it is another answer.
      queryKey: ['compared-templates', id, stack, from, to, asked],
      queryFn: () => backend.comparedTemplates(id, stack, from, to),
      meta: provides(),
      gcTime: 0,
    }),
  /** Every operation; {@link queries.deployment} has only the latest. */
  history: (id: string) =>
    queryOptions({
      queryKey: ['history', id],
      queryFn: () => backend.history(id),
      meta: provides({ deployment: id }),
    }),
  environmentSettings: (id: string, environment: string) =>
    queryOptions({
      queryKey: ['environment-settings', id, environment],
      queryFn: () => backend.environmentSettings(id, environment),
      meta: provides({ deployment: id }),
      gcTime: 0,
    }),
  // Nothing tells when the AWS configuration changes: it is read anew whenever it comes into sight.
  access: () =>
    queryOptions({ queryKey: ['access'], queryFn: () => backend.access(), meta: provides(), gcTime: 0 }),
  operation: (id: string, operation: string) =>
    queryOptions({
      queryKey: ['operation', id, operation],
      queryFn: () => backend.operation(id, operation),
      // The deployment too: of what another program runs, only its folder tells.
      meta: provides({ operation }, { deployment: id }),
    }),
  operationEvents: (id: string, operation: string) =>
    queryOptions({
      queryKey: ['operation-events', id, operation],
      queryFn: ({ client, queryKey }) => laterEvents(client, queryKey, id, operation),
      meta: provides({ operation }, { deployment: id }),
      // Those that were there are the same ones: to compare each of them would take longer the more there are.
      structuralSharing: false,
    }),
  /** Only time passes: once a second it is told that it does. */
  operationProgress: (id: string, operation: string) =>
    queryOptions({
      queryKey: ['operation-progress', id, operation],
      queryFn: () => backend.operationProgress(id, operation),
      meta: provides({ progress: operation }, { deployment: id }),
    }),
  failureReport: (id: string, operation: string, key: StackKey) =>
    queryOptions({
      queryKey: ['failure-report', id, operation, key],
      queryFn: () => backend.failureReport(id, operation, key),
      meta: provides({ operation }),
      gcTime: 0,
    }),
  templateLines: (id: string, key: StackKey, logicalId: string, reason: string | null) =>
    queryOptions({
      queryKey: ['template-lines', id, key, logicalId, reason],
      queryFn: () => backend.templateLines(id, key, logicalId, reason),
      meta: provides({ deployment: id }),
      gcTime: 0,
    }),
  commandLine: (id: string, command: Command) =>
    queryOptions({
      queryKey: ['command-line', id, command],
      queryFn: () => backend.commandLine(id, command),
      meta: provides(),
    }),
  settings: () =>
    queryOptions({
      queryKey: ['settings'],
      queryFn: () => backend.getSettings(),
      meta: provides('settings'),
    }),
  suggestion: () =>
    queryOptions({
      queryKey: ['suggestion'],
      queryFn: () => backend.suggestDeployment(),
      meta: provides(),
      gcTime: 0,
    }),
  preview: (input: NewDeployment) =>
    queryOptions({
      queryKey: ['preview', input],
      queryFn: () => backend.previewDeployment(input),
      meta: provides(),
      gcTime: 0,
    }),
  /** What runs in this program. */
  underway: () =>
    queryOptions({
      queryKey: ['underway'],
      queryFn: () => backend.underway(),
      meta: provides('deployments'),
      gcTime: 0,
    }),
  appInfo: () => queryOptions({ queryKey: ['app-info'], queryFn: () => backend.appInfo(), meta: provides() }),
};

type Rows = { revision: number; rows: DeploymentRow[] };
const rowsOf = ({ rows }: Rows) => rows;

/** The rows so far with those that have changed since. A row that has not changed stays the same value. */
async function laterRows(client: QueryClient, queryKey: readonly unknown[]): Promise<Rows> {
  const seen = client.getQueryData<Rows>(queryKey);
  const { revision, whole, rows, gone } = await backend.listDeployments(seen?.revision ?? null);
  if (whole || !seen) return { revision, rows };
  if (rows.length + gone.length === 0) return { revision, rows: seen.rows };
  const later = new Map(rows.map((row) => [row.path, row]));
  const without = new Set(gone);
  const kept = seen.rows.filter(({ path }) => !without.has(path));
  const known = new Set(kept.map(({ path }) => path));
  return {
    revision,
    rows: [...kept.map((row) => later.get(row.path) ?? row), ...rows.filter(({ path }) => !known.has(path))],
  };
}

/** The events so far and those that came since: an operation's log only grows. */
async function laterEvents(client: QueryClient, queryKey: readonly unknown[], id: string, operation: string) {
  const seen = client.getQueryData<Event[]>(queryKey) ?? [];
  const later = await backend.operationEvents(id, operation, (seen.at(-1)?.seq ?? -1) + 1);
  return later.length > 0 ? [...seen, ...later] : seen;
}
