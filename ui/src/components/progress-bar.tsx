import { Progress } from '@base-ui/react/progress';
import { type Tone, toneBar } from '@/status/statuses';

/** How much is done. Unknown `total`: it says that something is under way, without a measure. */
export function ProgressBar({
  label,
  done,
  total,
  share,
  tone = 'busy',
  thick,
}: {
  label: string;
  done: number;
  total: number | null;
  /** How long the bar is, from 0 to 1, where that is known better than from `done`. */
  share?: number | null;
  tone?: Tone;
  thick?: boolean;
}) {
  // A bar never passes its end, whatever was reported.
  const counted = total === null ? null : total === 0 ? 1 : Math.min(done / total, 1);
  const value = share ?? counted;
  return (
    <Progress.Root
      aria-label={label}
      value={value === null ? null : Math.round(value * 100)}
      getAriaValueText={() => (total === null ? `${done}` : `${Math.min(done, total)} of ${total}`)}
      className="w-full"
    >
      <Progress.Track className={`w-full overflow-hidden rounded-full bg-line ${thick ? 'h-1.5' : 'h-1'}`}>
        <Progress.Indicator
          className={`h-full rounded-full transition-[width] duration-300 data-indeterminate:w-1/3 data-indeterminate:animate-pulse ${toneBar[tone]}`}
        />
      </Progress.Track>
    </Progress.Root>
  );
}
