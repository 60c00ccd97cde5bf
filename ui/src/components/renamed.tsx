import type { Renamed as Word } from '@/api/backend';
import { Notice } from './notice';

/** What the manifest calls otherwise than the deployment was created as, with what follows it and what does not. */
export function Renamed({ renamed }: { renamed: Word[] }) {
  return renamed.map(({ said, effect }) => (
    <Notice key={said} tone="warn" title={said}>
      {effect}
    </Notice>
  ));
}
