/**
 * The one table of every status and outcome that the interface shows: word, icon, tone. Words and icons
 * always stand beside the colour. A word that is in no table is shown as it stands, with a question mark.
 */
import {
  Archive,
  ArrowDown,
  ArrowUp,
  Ban,
  Check,
  CheckCheck,
  Circle,
  CircleDashed,
  CircleDot,
  CircleMinus,
  CirclePause,
  CircleSlash,
  CircleX,
  Clock,
  Database,
  Diff,
  Equal,
  EqualApproximately,
  EyeOff,
  HelpCircle,
  Import,
  LoaderCircle,
  type LucideIcon,
  Minus,
  OctagonX,
  Pencil,
  Plus,
  RefreshCw,
  Replace,
  SkipForward,
  TriangleAlert,
  UserPen,
} from 'lucide-react';
import type {
  ChangeAction,
  Danger,
  DeploymentStatus,
  DriftStatus,
  OperationKind,
  OperationOutcome,
  Outside,
  ParameterStanding,
  Relation,
  Replacement,
  ResourceDrift,
  ReviewAction,
  StackOutcome,
  StackPhase,
  StackStatus,
} from '@/api/backend';
import { count } from '@/format';

export type Tone = 'ok' | 'busy' | 'warn' | 'bad' | 'idle' | 'box';

/** How a status looks. `spins`: something is under way. */
export type Look = { word: string; icon: LucideIcon; tone: Tone; spins?: true };

const deploying: Look = { word: 'Deploying', icon: LoaderCircle, tone: 'busy', spins: true };
const destroying: Look = { word: 'Destroying', icon: LoaderCircle, tone: 'busy', spins: true };
const destroyed: Look = { word: 'Destroyed', icon: CircleMinus, tone: 'idle' };
const failed: Look = { word: 'Failed', icon: CircleX, tone: 'bad' };
const cancelled: Look = { word: 'Cancelled', icon: Ban, tone: 'idle' };

export const deploymentLooks: Record<DeploymentStatus, Look> = {
  initialized: { word: 'Initialized', icon: CircleDot, tone: 'idle' },
  deploying,
  deployed: { word: 'Deployed', icon: CheckCheck, tone: 'ok' },
  partial: { word: 'Partial', icon: TriangleAlert, tone: 'warn' },
  destroying,
  destroyed,
  failed,
  unknown: { word: 'Unknown', icon: HelpCircle, tone: 'idle' },
};

export const stackLooks: Record<StackStatus, Look> = {
  not_deployed: { word: 'Not deployed', icon: Circle, tone: 'idle' },
  deploying,
  deployed: { word: 'Deployed', icon: Check, tone: 'ok' },
  failed,
  destroying,
  destroyed,
};

export const operationLooks: Record<OperationOutcome, Look> = {
  succeeded: { word: 'Succeeded', icon: Check, tone: 'ok' },
  partial: { word: 'Partial', icon: TriangleAlert, tone: 'warn' },
  failed,
  cancelled,
};

export const outcomeLooks: Record<StackOutcome, Look> = {
  succeeded: { word: 'Succeeded', icon: Check, tone: 'ok' },
  unchanged: { word: 'Unchanged', icon: Equal, tone: 'ok' },
  failed,
  skipped: { word: 'Skipped', icon: SkipForward, tone: 'idle' },
  cancelled,
};

export const phaseLooks: Record<Exclude<StackPhase, 'ended'>, Look> = {
  queued: { word: 'Queued', icon: Clock, tone: 'idle' },
  running: { word: 'Running', icon: LoaderCircle, tone: 'busy', spins: true },
};

/** A stack that CloudFormation takes back: its change has failed, or was called off. */
export const rollingBack: Look = { word: 'Rolling back', icon: LoaderCircle, tone: 'bad', spins: true };

export const reviewLooks: Record<ReviewAction, Look> = {
  create: { word: 'Create', icon: Plus, tone: 'ok' },
  update: { word: 'Update', icon: Pencil, tone: 'busy' },
  recreate: { word: 'Recreate', icon: RefreshCw, tone: 'warn' },
  delete: { word: 'Delete', icon: Minus, tone: 'bad' },
  blocked: { word: 'Blocked', icon: OctagonX, tone: 'bad' },
  unchanged: { word: 'Unchanged', icon: Equal, tone: 'idle' },
};

/** What happens to a resource, where none takes its place. */
export const changeLooks: Record<ChangeAction, Look> = {
  remove: { word: 'Removed', icon: Minus, tone: 'bad' },
  modify: { word: 'Changed', icon: Pencil, tone: 'busy' },
  add: { word: 'Added', icon: Plus, tone: 'ok' },
  import: { word: 'Imported', icon: Import, tone: 'ok' },
  dynamic: { word: 'Not known yet', icon: HelpCircle, tone: 'idle' },
};

/** A resource that its stack gives up and that stays: nothing is lost. */
export const retainedLook: Look = { word: 'Retained', icon: Archive, tone: 'idle' };

/** Whether a new resource takes an old one's place. */
export const replacementLooks: Record<Exclude<Replacement, 'no'>, Look> = {
  yes: { word: 'Replaced', icon: Replace, tone: 'bad' },
  conditional: { word: 'May be replaced', icon: Replace, tone: 'warn' },
};

/** What a stack's changes can cost. */
export const dangerLooks: Record<Exclude<Danger, 'none'>, Look> = {
  loses_data: { word: 'Data at risk', icon: Database, tone: 'bad' },
  replaces: { word: 'Replaces or removes', icon: Replace, tone: 'warn' },
};

/** A running operation or stack that cannot go on by itself: until somebody logs in, or answers. */
export const waitingLooks: Record<'login' | 'answer', Look> = {
  login: { word: 'Waiting for a login', icon: CirclePause, tone: 'warn' },
  answer: { word: 'Asks you', icon: HelpCircle, tone: 'warn' },
};

/** Whether a stack is as its template says. */
export const driftLooks: Record<DriftStatus, Look> = {
  in_sync: { word: 'In sync', icon: Equal, tone: 'ok' },
  drifted: { word: 'Drifted', icon: Diff, tone: 'warn' },
  not_checked: { word: 'Not compared', icon: CircleSlash, tone: 'idle' },
  unknown: { word: 'Partly compared', icon: HelpCircle, tone: 'idle' },
};

/** The same, with how many resources differ. */
export function driftLook(status: string, resources: number): Look {
  const found = look(driftLooks, status);
  return resources > 0 ? { ...found, word: `${count(resources, 'resource')} drifted` } : found;
}

/** What others did to a stack, outside Skydeck. */
export const outsideLooks: Record<Outside, Look> = {
  changed: { word: 'Changed outside', icon: UserPen, tone: 'warn' },
  deleted: { word: 'Deleted outside', icon: UserPen, tone: 'warn' },
  recreated: { word: 'Made anew outside', icon: UserPen, tone: 'warn' },
  underway: { word: 'Others are at work', icon: UserPen, tone: 'warn' },
};

/** How a stack stands in one environment against another. */
export const relationLooks: Record<Relation, Look> = {
  behind: { word: 'Behind', icon: ArrowDown, tone: 'warn' },
  missing: { word: 'Not there', icon: Circle, tone: 'warn' },
  ahead: { word: 'Ahead', icon: ArrowUp, tone: 'busy' },
  extra: { word: 'Only there', icon: Plus, tone: 'busy' },
  not_known: { word: 'Not known', icon: HelpCircle, tone: 'idle' },
  as_meant: { word: 'As meant', icon: EqualApproximately, tone: 'ok' },
  not_wanted: { word: 'Disabled there', icon: CircleSlash, tone: 'idle' },
  neither: { word: 'In neither', icon: CircleDashed, tone: 'idle' },
  same: { word: 'Same', icon: Equal, tone: 'ok' },
};

/** A parameter as it was deployed, against the manifest. */
export const parameterLooks: Record<ParameterStanding, Look> = {
  same: { word: 'As wanted', icon: Equal, tone: 'ok' },
  differs: { word: 'Differs', icon: Pencil, tone: 'busy' },
  hidden: { word: 'Hidden', icon: EyeOff, tone: 'idle' },
  known_later: { word: 'Known later', icon: Clock, tone: 'idle' },
  not_deployed: { word: 'Not deployed', icon: Circle, tone: 'idle' },
  gone: { word: 'Not in the file', icon: Minus, tone: 'warn' },
};

/** One of CloudFormation's own statuses, of a stack or a resource: its word stands as it is. */
export function cloudformationLook(status: string): Look {
  if (status.endsWith('_FAILED')) return { word: status, icon: CircleX, tone: 'bad' };
  if (status.includes('ROLLBACK')) return { word: status, icon: TriangleAlert, tone: 'warn' };
  if (status.endsWith('_COMPLETE')) return { word: status, icon: Check, tone: 'ok' };
  return { word: status, icon: LoaderCircle, tone: 'busy' };
}

/** The same of what has happened: whatever began then does not run any more. */
export function happenedLook(status: string): Look {
  const told = cloudformationLook(status);
  return told.tone === 'busy' ? { ...told, icon: CircleDot } : told;
}

/** How a resource differs from its template. */
export const divergenceLooks: Record<ResourceDrift['status'], Look> = {
  deleted: { word: 'Deleted', icon: Minus, tone: 'bad' },
  modified: { word: 'Changed', icon: Pencil, tone: 'warn' },
};

/** How a look at CloudFormation ended, where its operation's word would mislead: no stack was touched. */
const lookOutcomes: Partial<Record<OperationKind, Partial<Record<OperationOutcome, Look>>>> = {
  refresh: { succeeded: { word: 'Mended', icon: Check, tone: 'idle' } },
  drift: { succeeded: { word: 'Compared', icon: Check, tone: 'idle' } },
};

/** How an operation of a kind ended. */
export function outcomeLook(kind: OperationKind, outcome: OperationOutcome): Look {
  return lookOutcomes[kind]?.[outcome] ?? look(operationLooks, outcome);
}

const notThere: Look = { word: 'Not there', icon: CircleSlash, tone: 'idle' };

/** How a stack's part ended, where the outcome's word would mislead: what is not there is not destroyed. */
const partOutcomes: Partial<Record<OperationKind, Partial<Record<StackOutcome, Look>>>> = {
  destroy: { unchanged: notThere },
  'destroy-stack': { unchanged: notThere },
};

/** How the part of a stack in an operation of a kind ended. */
export function partLook(kind: OperationKind, outcome: StackOutcome): Look {
  return partOutcomes[kind]?.[outcome] ?? look(outcomeLooks, outcome);
}

/** An operation without an outcome that does not run either: it was cut off. */
export const cutOff: Look = { word: 'Cut off', icon: CircleDashed, tone: 'warn' };

/** The look of a word as a file or an event has it. */
export function look(table: Record<string, Look>, word: string): Look {
  return Object.hasOwn(table, word) && table[word] ? table[word] : { word, icon: HelpCircle, tone: 'idle' };
}

export const toneText: Record<Tone, string> = {
  ok: 'text-ok',
  busy: 'text-busy',
  warn: 'text-warn',
  bad: 'text-bad',
  idle: 'text-idle',
  box: 'text-box',
};

export const toneFill: Record<Tone, string> = {
  ok: 'bg-ok-ground text-ok',
  busy: 'bg-busy-ground text-busy',
  warn: 'bg-warn-ground text-warn',
  bad: 'bg-bad-ground text-bad',
  idle: 'bg-idle-ground text-idle',
  box: 'bg-box-ground text-box',
};

export const toneBar: Record<Tone, string> = {
  ok: 'bg-ok',
  busy: 'bg-busy',
  warn: 'bg-warn-bar',
  bad: 'bg-bad',
  idle: 'bg-idle',
  box: 'bg-box',
};

/** The left edge of a card. */
export const toneEdge: Record<Tone, string> = {
  ok: 'border-l-ok',
  busy: 'border-l-busy',
  warn: 'border-l-warn-bar',
  bad: 'border-l-bad',
  idle: 'border-l-edge',
  box: 'border-l-box',
};
