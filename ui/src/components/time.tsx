import { useNow } from '@/clock';
import { ago, duration, moment } from '@/format';

/** How long ago something was; the moment itself on hover. */
export function Ago({ at }: { at: string }) {
  const text = useNow((now) => ago(at, now));
  return (
    <time dateTime={at} title={moment(at)} className="whitespace-nowrap">
      {text}
    </time>
  );
}

/** How long something takes: until `to`, or until now. `took`: the seconds that it took without what it waited, once that is known. */
export function Elapsed({ from, to, took }: { from: string; to: string | null; took?: number | null }) {
  const text = useNow((now) =>
    duration(took != null ? took * 1000 : (to === null ? now : Date.parse(to)) - Date.parse(from)),
  );
  return <span className="whitespace-nowrap">{text}</span>;
}
