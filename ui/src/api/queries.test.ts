import { hashKey, type Query, QueryObserver } from '@tanstack/react-query';
import { announce, from, installBackend, refusal } from '@test/backend';
import { failedLog, preview, row } from '@test/fixtures';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BackendError, backend, type Tag } from './backend';
import { keepFresh, newQueryClient } from './freshness';
import { queries, tagName } from './queries';

const key = { stack: 'network', environment: 'dev' };
const input = { organization: '', project: '', domain: '', template: 'default', environments: [], id: null };

const all = {
  deployments: queries.deployments(),
  deployment: queries.deployment('D1'),
  trustQuestion: queries.trustQuestion('D1'),
  takeOver: queries.takeOver('D1'),
  dependencies: queries.dependencies('D1', 'dev'),
  review: queries.review('r1', 'D1'),
  recovery: queries.recovery('D1', key),
  stackDrift: queries.stackDrift('D1', key),
  stackResources: queries.stackResources('D1', key, null),
  stackParameters: queries.stackParameters('D1', key, null),
  stackTemplate: queries.stackTemplate('D1', key, null),
  stackEvents: queries.stackEvents('D1', key, null),
  stackLog: queries.stackLog('D1', key),
  comparison: queries.comparison('D1', 'dev', 'prod'),
  comparedTemplates: queries.comparedTemplates('D1', 'network', 'dev', 'prod', 'now'),
  history: queries.history('D1'),
  environmentSettings: queries.environmentSettings('D1', 'dev'),
  access: queries.access(),
  settings: queries.settings(),
  suggestion: queries.suggestion(),
  commandLines: queries.commandLines(['D1'], null),
  operation: queries.operation('D1', 'op1'),
  operationEvents: queries.operationEvents('D1', 'op1'),
  operationProgress: queries.operationProgress('D1', 'op1'),
  failureReport: queries.failureReport('D1', 'op1', key),
  templateLines: queries.templateLines('D1', key, 'Vpc', null),
  commandLine: queries.commandLine('D1', { action: 'refresh', environment: null }),
  underway: queries.underway(),
  preview: queries.preview(input),
  appInfo: queries.appInfo(),
} satisfies Record<keyof typeof queries, unknown>;

const stops: (() => void)[] = [];
afterEach(() => stops.splice(0).forEach((stop) => void stop()));

/** A client that keeps these queries fresh, as mounted components would. */
function freshClient() {
  const client = newQueryClient();
  stops.push(keepFresh(client), () => client.clear());
  return client;
}

describe('the table of queries and tags', () => {
  const table: [Tag, (keyof typeof all)[]][] = [
    ['deployments', ['deployments', 'commandLines', 'underway']],
    ['settings', ['settings']],
    [
      { deployment: 'D1' },
      [
        'deployment',
        'trustQuestion',
        'dependencies',
        'review',
        'recovery',
        'stackDrift',
        'stackLog',
        'history',
        'environmentSettings',
        'operation',
        'operationEvents',
        'operationProgress',
        'templateLines',
      ],
    ],
    [{ deployment: 'D2' }, []],
    [{ operation: 'op1' }, ['operation', 'operationEvents', 'failureReport']],
    [{ progress: 'op1' }, ['operationProgress']],
    [{ operation: 'D1' }, []],
    [{ review: 'r1' }, ['review']],
    ['everything', Object.keys(all) as (keyof typeof all)[]],
  ];

  it.each(table)('asks anew after %j for exactly these', async (tag, stale) => {
    installBackend({});
    const client = freshClient();
    for (const { queryKey, meta } of Object.values(all)) {
      client.getQueryCache().build(client, { queryKey: queryKey as readonly unknown[], meta });
    }
    await announce(tag);
    const invalidated = client
      .getQueryCache()
      .findAll({ predicate: (query: Query) => query.state.isInvalidated });
    const names = Object.entries(all).filter(([, { queryKey }]) =>
      invalidated.some((query) => query.queryHash === hashKey(queryKey)),
    );
    await vi.waitFor(() => expect(names.map(([name]) => name)).toEqual(stale));
  });

  it('names the tags of every query', () => {
    for (const { meta } of Object.values(all)) {
      expect(Array.isArray(meta?.provides)).toBe(true);
    }
    expect(tagName({ operation: 'op1' })).toBe('operation:op1');
  });
});

it('asks only for the events that came since', async () => {
  const asked: unknown[] = [];
  let until = 3;
  installBackend({
    operation_events: (args) => {
      asked.push(args.fromSeq);
      return from(failedLog.slice(0, until), args);
    },
  });
  const client = newQueryClient();
  const options = queries.operationEvents('D1', 'op1');
  expect(await client.fetchQuery(options)).toHaveLength(3);
  until = failedLog.length;
  expect(await client.fetchQuery({ ...options, staleTime: 0 })).toEqual(failedLog);
  expect(asked).toEqual([0, 3]);
});

it('asks only for the rows that changed since, and keeps the others as they are', async () => {
  const [first, second, third] = ['D1', 'D2', 'D3'].map((id) => row({ deployment_id: id }));
  const asked: unknown[] = [];
  const later = row({ deployment_id: 'D2', status: 'failed' });
  const answers = [
    { revision: 7, whole: true, rows: [first, second, third], gone: [] },
    { revision: 8, whole: false, rows: [], gone: [] },
    { revision: 9, whole: false, rows: [later, row({ deployment_id: 'D4' })], gone: [third?.path] },
  ];
  installBackend({
    list_deployments: ({ since }) => {
      asked.push(since);
      return answers.shift();
    },
  });
  const client = freshClient();
  const observer = new QueryObserver(client, queries.deployments());
  stops.push(observer.subscribe(() => {}));
  const rows = () => observer.getCurrentResult().data;
  await vi.waitFor(() => expect(rows()).toEqual([first, second, third]));
  const before = rows();
  await announce('deployments');
  await vi.waitFor(() => expect(asked).toEqual([null, 7]));
  await vi.waitFor(() => expect(client.isFetching()).toBe(0));
  expect(rows()).toBe(before);
  await announce('deployments');
  await vi.waitFor(() => expect(rows()).toEqual([first, later, row({ deployment_id: 'D4' })]));
  expect(rows()?.[0]).toBe(before?.[0]);
  expect(asked).toEqual([null, 7, 8]);
});

it('asks once more where a change came while the answer was under way', async () => {
  let calls = 0;
  let answer = () => {};
  installBackend({
    list_deployments: async () => {
      calls += 1;
      if (calls === 1) await new Promise<void>((resolve) => (answer = resolve));
      return [row({ project: `read ${calls}` })];
    },
  });
  const client = freshClient();
  const observer = new QueryObserver(client, queries.deployments());
  stops.push(observer.subscribe(() => {}));
  await vi.waitFor(() => expect(calls).toBe(1));
  await announce('deployments');
  answer();
  await vi.waitFor(() => expect(observer.getCurrentResult().data?.[0]?.project).toBe('read 2'));
});

it('leaves as much time between two rounds as one takes', async () => {
  const times: [begun: number, ended: number][] = [];
  installBackend({
    list_deployments: async () => {
      const begun = performance.now();
      await new Promise((over) => setTimeout(over, 200));
      times.push([begun, performance.now()]);
      return [row()];
    },
  });
  const client = freshClient();
  stops.push(new QueryObserver(client, queries.deployments()).subscribe(() => {}));
  await vi.waitFor(() => expect(times).toHaveLength(1));
  await announce('deployments');
  // This one comes while the first round is under way.
  await announce('deployments');
  await vi.waitFor(() => expect(times).toHaveLength(3), { timeout: 10_000 });
  const [, [, ended], [begun]] = times as [[number, number], [number, number], [number, number]];
  expect(begun - ended).toBeGreaterThan(150);
});

it('turns a refusal into an error with its code, hint and problems', async () => {
  const problem = { file: 'm.yaml', at: null, key: '', message: 'wrong', hint: '' };
  installBackend({
    preview_deployment: () => preview(),
    deployment: () => {
      throw refusal('not_found', 'There is no D1', { hint: 'Look again', problems: [problem] });
    },
  });
  await expect(backend.previewDeployment(input)).resolves.toEqual(preview());
  const error = await backend.deployment('D1').catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(BackendError);
  expect(error).toMatchObject({
    code: 'not_found',
    message: 'There is no D1',
    hint: 'Look again',
    problems: [problem],
  });
});
