import { useState } from 'react';
import type { DeploymentRow } from '@/api/backend';

/** Which rows are chosen for what is done to many, known by their paths. Only rows in sight of the filter count. */
export function useSelection(shown: DeploymentRow[]) {
  const [paths, setPaths] = useState<ReadonlySet<string>>(none);
  const [anchor, setAnchor] = useState<string | null>(null);
  const pathOf = (index: number) => shown[index]?.path ?? '';
  return {
    chosen: paths.size === 0 ? noRows : shown.filter((row) => paths.has(row.path)),
    has: (row: DeploymentRow) => paths.has(row.path),
    /** Chooses a row, or not any more; ranges begin at it. */
    toggle(index: number) {
      const path = pathOf(index);
      const next = new Set(paths);
      if (!next.delete(path)) next.add(path);
      setPaths(next);
      setAnchor(path);
    },
    /** Chooses all from where the last choice was, or else from `current`, to a row. */
    extendTo(index: number, current: number) {
      const start = shown.findIndex((row) => row.path === anchor);
      const from = start < 0 ? current : start;
      const range = shown.slice(Math.min(from, index), Math.max(from, index) + 1);
      setPaths(new Set(range.map((row) => row.path)));
      setAnchor(pathOf(from));
    },
    all() {
      setPaths(new Set(shown.map((row) => row.path)));
    },
    clear() {
      setPaths(none);
      setAnchor(null);
    },
  };
}

export type Selection = ReturnType<typeof useSelection>;

const none: ReadonlySet<string> = new Set();
const noRows: DeploymentRow[] = [];
