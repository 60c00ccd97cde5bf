import { Info, type LucideIcon, TriangleAlert } from 'lucide-react';
import type { Cell } from '@/api/backend';
import { sentence } from '@/format';
import { driftLook, look, outsideLooks, stackLooks, type Tone } from '@/status/statuses';

/** Something special about a cell, in a line of its own. */
export type Mark = {
  word: string;
  /** `null`: the status beside it has one that says the same. */
  icon: LucideIcon | null;
  tone: Tone;
  /** The whole of it. */
  title: string;
  /** How old it is, where it is not as old as the status. */
  at: string | null;
};

/** What is special about a stack in an environment: nothing, mostly. */
export function marks({ status, reason, outside, drift, attention }: Cell): Mark[] {
  const found: Mark[] = [];
  const failed = look(stackLooks, status).tone === 'bad';
  if (outside) {
    const shown = look(outsideLooks, outside);
    found.push({ ...shown, title: sentence(reason ?? shown.word), at: null });
  }
  if (reason && failed) {
    found.push({ word: reason, icon: null, tone: 'bad', title: reason, at: null });
  } else if (reason && !outside) {
    const weight = attention
      ? ({ icon: TriangleAlert, tone: 'warn' } as const)
      : ({ icon: Info, tone: 'idle' } as const);
    found.push({ word: sentence(reason), ...weight, title: reason, at: null });
  }
  if (drift) {
    const shown = driftLook(drift.status, drift.resources.length);
    found.push({ ...shown, title: sentence(drift.reason ?? shown.word), at: drift.checked_at });
  }
  return found;
}
