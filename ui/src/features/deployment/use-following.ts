import { useEffectEvent, useLayoutEffect, useRef } from 'react';
import type { Shown } from './shown';

/**
 * Chooses what starts to run, where the user has chosen nothing: so it stays in sight when it has ended, and nothing moves
 * under the pointer. The next one takes its place.
 */
export function useFollowing(running: string | null, { operation }: Shown['place'], go: Shown['go']) {
  const followed = useRef<string | null>(null);
  const follow = useEffectEvent((started: string) => {
    // What is closed does not come back by itself.
    if (started === followed.current) return;
    const isFree = operation === null || operation === followed.current;
    followed.current = started;
    if (isFree && operation !== started) go({ operation: started });
  });
  // Before anything is painted: not even for a frame is it told that something runs that is not shown.
  useLayoutEffect(() => {
    if (running !== null) follow(running);
  }, [running]);
}
