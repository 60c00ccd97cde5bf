import { useCommonOffers } from '@/actions/here';
import { ways } from '@/actions/keys';
import { Button } from '@/components/controls/button';
import { Keys } from '@/components/controls/keys';
import { Dialog } from '@/components/frame/dialog';

/** Keys of the screens themselves, which do what every list and table does. */
const others: [words: string, keys: string[]][] = [
  ['Move in the table or the grid', ['↑', '↓', '←', '→']],
  ['Open what is selected', ['Enter']],
  ['Close a panel or a dialog, leave a field', ['Esc']],
  ['Go to what was said in the corner', ['F6']],
];

/** Every shortcut that works here. */
export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const offers = useCommonOffers().filter(({ keys }) => keys.length > 0);
  return (
    <Dialog
      title="Keyboard shortcuts"
      onClose={onClose}
      foot={
        <span className="ml-auto">
          <Button onClick={onClose}>Close</Button>
        </span>
      }
    >
      <dl className="grid gap-x-8 gap-y-1 sm:grid-cols-2">
        {offers.map(({ id, label, keys }) => (
          <Row key={id} words={label} all={ways(keys)} />
        ))}
        {others.map(([words, keys]) => (
          <Row key={words} words={words} all={[keys.map((key) => [key])]} />
        ))}
      </dl>
      <p className="text-sm text-faint">
        Keys without Ctrl or Alt do nothing while you type or a dialog is open.
      </p>
    </Dialog>
  );
}

function Row({ words, all }: { words: string; all: string[][][] }) {
  return (
    <div className="flex min-h-7 items-center justify-between gap-4 border-b py-1">
      <dt className="min-w-0 text-soft">{words}</dt>
      <dd className="flex items-center gap-2">
        {all.map((presses) => (
          <Keys key={presses.flat().join()} presses={presses} />
        ))}
        <span className="sr-only">{all.map((presses) => presses.flat().join(' ')).join(' or ')}</span>
      </dd>
    </div>
  );
}
