/**
 * The one table of every status and outcome that the interface shows: word, icon, tone. Words and icons
 * always stand beside the colour. A word that is in no table is shown as it stands, with a question mark.
 */
import {
  Ban,
  Check,
  CheckCheck,
  Circle,
  CircleDashed,
  CircleDot,
  CircleMinus,
  CircleX,
  Clock,
  Equal,
  HelpCircle,
  LoaderCircle,
  type LucideIcon,
  SkipForward,
  TriangleAlert,
} from 'lucide-react';
import type {
  DeploymentStatus,
  OperationOutcome,
  StackOutcome,
  StackPhase,
  StackStatus,
} from '@/api/backend';

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
