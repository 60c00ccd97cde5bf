import { useCallback, useState } from 'react';

/** Pixels of a panel: its usual width, the least, and what stays beside it, in which two environments have room. */
export const USUAL = 480;
export const LEAST = 320;
const BESIDE = 656;

/** Kept over restarts. */
const KEY = 'skydeck.panel-width';

function kept(): number {
  const width = Number(localStorage.getItem(KEY));
  return Number.isFinite(width) && width > 0 ? width : USUAL;
}

/** The widest that a panel may be in so much room. */
export const widest = (room: number) => Math.max(LEAST, room - BESIDE);

export type Width = {
  width: number;
  most: number;
  /** Makes it so wide, within its bounds, and keeps that. */
  resize: (width: number) => void;
};

/**
 * The width of a panel in the element around it, and what is to be the panel's `ref`. A small window makes it narrower for
 * as long as it is small.
 */
export function useWidth(): [(panel: HTMLElement) => () => void, Width] {
  const [wanted, setWanted] = useState(kept);
  const [room, setRoom] = useState(USUAL + BESIDE);
  const watch = useCallback((panel: HTMLElement) => {
    const around = panel.parentElement ?? panel;
    const look = () => setRoom(around.clientWidth);
    look();
    const observer = new ResizeObserver(look);
    observer.observe(around);
    return () => observer.disconnect();
  }, []);

  const most = widest(room);
  const within = (width: number) => Math.round(Math.min(Math.max(width, LEAST), most));
  const resize = (width: number) => {
    setWanted(within(width));
    localStorage.setItem(KEY, String(within(width)));
  };
  return [watch, { width: within(wanted), most, resize }];
}
