import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { backend, type Pace, type Request } from '@/api/backend';
import { queries } from '@/api/queries';

/**
 * A review of a request that lives as long as its screen: it is begun at once, and discarded on leaving unless its
 * operation was started. `again` discards it and begins another.
 */
export function useReview(deployment: string, request: Request) {
  const [attempt, setAttempt] = useState(0);
  const [begun, setBegun] = useState<{ id: string | null; error: Error | null }>(nothing);
  const started = useRef<string | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each attempt is a review of its own; the request stays the same as long as the screen does
  useEffect(() => {
    let here = true;
    const beginning = backend.startReview(deployment, request);
    beginning.then(
      (id) => here && setBegun({ id, error: null }),
      (error: Error) => here && setBegun({ id: null, error }),
    );
    return () => {
      here = false;
      setBegun(nothing);
      // Nobody looks at it any more, so neither does anybody at why it could not be discarded.
      beginning.then((id) => (id === started.current ? null : backend.discardReview(id))).catch(() => {});
    };
  }, [deployment, attempt]);

  const review = useQuery({ ...queries.review(begun.id ?? '', deployment), enabled: begun.id !== null });
  const start = useMutation({
    mutationFn: ({ pace, keepGoing }: { pace: Pace; keepGoing: boolean }) => {
      started.current = begun.id;
      return backend.startOperation(deployment, request, {
        ...pace,
        review: begun.id,
        wait_for_login: true,
        quiet: false,
        keep_going: keepGoing,
      });
    },
    onError: () => {
      started.current = null;
    },
  });

  return {
    view: review.data,
    error: begun.error ?? review.error,
    start,
    again: () => {
      start.reset();
      setAttempt((before) => before + 1);
    },
  };
}

const nothing = { id: null, error: null };
