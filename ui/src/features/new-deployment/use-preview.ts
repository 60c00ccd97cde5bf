import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { NewDeployment } from '@/api/backend';
import { queries } from '@/api/queries';

const PAUSE_MS = 200;

/** What the draft would become, asked once typing pauses; until then what it was before. */
export function usePreview(draft: NewDeployment) {
  const [settled, setSettled] = useState(draft);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(draft), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [draft]);
  const query = useQuery({ ...queries.preview(settled), placeholderData: keepPreviousData });
  return { preview: query.data, error: query.error };
}
