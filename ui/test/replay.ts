import type { Event, OperationKind, OperationView, StackRun } from '@/api/backend';

/** The view of a log, as the backend makes it. */
export function replay(events: Event[]): OperationView {
  const [first] = events;
  if (first?.event !== 'operation_started') throw new Error('a log begins with its start');
  const { operation, seq: _seq, at, event: _event, ...start } = first;
  const view: OperationView = {
    id: operation,
    start,
    started_at: at,
    ended_at: null,
    outcome: null,
    deployment_status: null,
    cancel_requested: false,
    stacks: start.stacks.map((turn) => ({
      ...turn,
      phase: 'queued',
      reviewed: null,
      action: null,
      started_at: null,
      ended_at: null,
      resources_done: 0,
      resources_total: null,
      cloudformation_status: null,
      end: null,
      first_failure: null,
      failed_as_a_whole: false,
      rolling_back: false,
      kept: [],
      in_the_way: [],
      approval: null,
    })),
    stack: start.kind.endsWith('-stack') ? (start.stacks[0]?.key.stack ?? null) : (start.looks_at ?? null),
    headway: headway(start.kind, []),
    reviewed: start.reviewed ?? false,
    interrupted: false,
    again: null,
    command: start.request ? `cloud ${start.request.kind} ${start.deployment_id}` : null,
    api: null,
    took: null,
    pauses: [],
    mended: [],
    drifts: [],
    warnings: [],
    last_seq: events.length - 1,
  };
  for (const event of events) apply(view, event);
  view.headway = headway(view.start.kind, view.stacks);
  return view;
}

function headway(kind: OperationKind, stacks: StackRun[]): OperationView['headway'] {
  const all = stacks.filter(({ end }) => !kind.startsWith('destroy') || end?.outcome !== 'unchanged');
  const ended = all.flatMap(({ end }) => end?.outcome ?? []);
  const well = ended.filter((outcome) => outcome === 'succeeded' || outcome === 'unchanged');
  return { all: all.length, ended: ended.length, well: well.length };
}

type Resource = NonNullable<StackRun['first_failure']>;
const isStack = ({ resource_type }: Resource) => resource_type === 'AWS::CloudFormation::Stack';
const failed = (resource: Resource) =>
  resource.status.endsWith(isStack(resource) ? 'ROLLBACK_IN_PROGRESS' : '_FAILED');

function apply(view: OperationView, event: Event): void {
  const change = (key: StackRun['key'], next: (run: StackRun) => Partial<StackRun>) => {
    view.stacks = view.stacks.map((run) =>
      run.key.stack === key.stack && run.key.environment === key.environment ? { ...run, ...next(run) } : run,
    );
  };
  switch (event.event) {
    case 'stack_started':
      change(event.key, (run) => ({
        phase: 'running',
        action: event.action,
        started_at: event.at,
        resources_total: event.resources ?? run.resources_total,
      }));
      break;
    case 'change_set_executed':
      change(event.key, () => ({ resources_total: event.resources }));
      break;
    case 'resource': {
      const { event: _event, operation: _operation, seq: _seq, at: _at, ...resource } = event;
      change(event.key, (run) => ({
        resources_done: run.resources_done + Number(resource.status.endsWith('_COMPLETE')),
        kept: resource.status === 'DELETE_SKIPPED' ? [...run.kept, resource] : run.kept,
        first_failure: run.first_failure ?? (failed(resource) ? resource : null),
        failed_as_a_whole: run.first_failure ? run.failed_as_a_whole : isStack(resource) && failed(resource),
      }));
      break;
    }
    case 'stack_ended': {
      const { event: _event, operation: _operation, seq: _seq, at, ...end } = event;
      change(event.key, () => ({
        phase: 'ended',
        ended_at: at,
        cloudformation_status: end.cloudformation_status,
        end,
      }));
      break;
    }
    case 'reviewed':
      view.reviewed = true;
      for (const { key, action } of event.stacks) change(key, () => ({ reviewed: action }));
      break;
    case 'taken_up':
      view.interrupted = true;
      break;
    case 'approval_needed':
      change(event.review.key, () => ({
        approval: { review: event.review, differences: event.differences },
      }));
      break;
    case 'approval_given':
      change(event.key, () => ({ approval: null }));
      break;
    case 'paused':
      view.pauses.push({ environment: event.environment, reason: event.reason, command: event.command });
      break;
    case 'resumed':
      view.pauses = view.pauses.filter(({ environment }) => environment !== event.environment);
      break;
    case 'cancel_requested':
      view.cancel_requested = true;
      break;
    case 'mended':
      view.mended.push({ key: event.key, from: event.from, to: event.to, why: event.why });
      break;
    case 'drift_detected':
      view.drifts.push({ key: event.key, drift: event.drift });
      break;
    case 'warning':
      view.warnings.push(event.message);
      break;
    case 'operation_ended':
      view.ended_at = event.at;
      view.outcome = event.outcome;
      view.api = event.api ?? null;
      view.took = (Date.parse(event.at) - Date.parse(view.started_at)) / 1000 - (event.waited ?? 0);
      view.deployment_status = event.deployment_status;
      view.again = event.outcome === 'succeeded' ? null : (view.start.request ?? null);
      break;
    case 'operation_started':
      break;
  }
}
