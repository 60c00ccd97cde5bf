import { Autocomplete } from '@base-ui/react/autocomplete';
import { Dialog } from '@base-ui/react/dialog';
import { useQuery } from '@tanstack/react-query';
import { Search } from 'lucide-react';
import { type KeyboardEvent, useMemo, useState } from 'react';
import { useAllOffers, useDeploymentInSight } from '@/actions/here';
import { isMac, presses } from '@/actions/keys';
import { copy } from '@/actions/tell';
import { takeTyped } from '@/actions/type-ahead';
import { queries } from '@/api/queries';
import { CopyButton } from '@/components/controls/copy-button';
import { Keys } from '@/components/controls/keys';
import { shadeClass } from '@/components/frame/dialog';
import { type Entry, find, fromOffer, fromRow, fromStacks } from './find';
import { recent, remember } from './recent';

/** Finds an action or a place by a few letters, and does it or goes there. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [wanted, setWanted] = useState('');
  const entries = useEntries();
  const shown = useMemo(() => find(entries, wanted), [entries, wanted]);
  const [highlighted, highlight] = useState<Entry>();
  const command = useCommandLine(highlighted);

  /** What was typed before this field had the focus counts as if it had been typed here. */
  function catchUp() {
    const { text, enter } = takeTyped();
    setWanted((before) => before + text);
    const [best] = enter ? find(entries, wanted + text) : [];
    if (best) pick(best);
  }

  function pick(entry: Entry) {
    if (entry.refused !== null) return;
    remember(entry.id);
    onClose();
    entry.onPick();
  }

  return (
    <Dialog.Root open onOpenChange={(open) => open || onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={shadeClass} />
        <Dialog.Viewport className="fixed inset-0 z-20 flex items-start justify-center px-6 pt-[12vh] pb-6">
          <Dialog.Popup
            aria-label="Find anything"
            onKeyDown={(event) => {
              if (!command || !isCopy(event)) return;
              event.preventDefault();
              copy(command, 'The command is copied');
            }}
            className="flex max-h-full w-full max-w-[38rem] flex-col overflow-hidden rounded-xl border bg-raised shadow-pop"
          >
            <Autocomplete.Root
              open
              inline
              items={shown}
              filter={null}
              value={wanted}
              onValueChange={(value, { reason }) => reason === 'item-press' || setWanted(value)}
              onItemHighlighted={highlight}
              itemToStringValue={({ label }: Entry) => label}
              autoHighlight="always"
              keepHighlight
            >
              <div className="flex items-center gap-2.5 border-b px-4">
                <Search aria-hidden size={16} className="shrink-0 text-faint" />
                <Autocomplete.Input
                  aria-label="Find an action, a deployment or a stack"
                  placeholder="Find an action, a deployment or a stack"
                  onFocus={catchUp}
                  className="h-11 min-w-0 flex-1 bg-transparent text-lg outline-none"
                />
                <Keys presses={[['Esc']]} />
              </div>
              <Autocomplete.Empty className="text-soft">
                {shown.length === 0 ? <p className="px-4 py-6 text-center">Nothing is called that.</p> : null}
              </Autocomplete.Empty>
              <Autocomplete.List className="max-h-[26rem] min-h-0 scroll-py-1 overflow-y-auto p-1 empty:hidden">
                {(entry: Entry) => <Line key={entry.id} entry={entry} onPick={() => pick(entry)} />}
              </Autocomplete.List>
            </Autocomplete.Root>
            {command ? (
              <div className="flex items-center gap-2 border-t py-1 pr-2 pl-4">
                <code className="min-w-0 flex-1 truncate text-sm text-soft">{command}</code>
                <Keys presses={presses('$mod+c')} />
                <CopyButton text={command} label="Copy as cloud command" />
              </div>
            ) : null}
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Line({ entry, onPick }: { entry: Entry; onPick: () => void }) {
  const { label, beside, icon: Icon, keys, refused, danger } = entry;
  const tone = refused ? 'text-faint' : danger ? 'text-bad' : 'text-ink';
  return (
    <Autocomplete.Item
      value={entry}
      aria-disabled={refused !== null || undefined}
      onClick={onPick}
      className={`flex min-h-8 cursor-default items-center gap-2.5 rounded-md px-3 py-1 outline-none select-none data-highlighted:bg-hover ${tone}`}
    >
      <Icon aria-hidden size={15} className="shrink-0" />
      <span className="max-w-full min-w-0 shrink-0 truncate">{label}</span>
      <span className="min-w-0 flex-1 truncate text-sm text-faint" title={beside}>
        {beside}
      </span>
      {keys[0] ? <Keys presses={presses(keys[0])} /> : null}
    </Autocomplete.Item>
  );
}

/** What does the same as an entry in a terminal. */
function useCommandLine(entry: Entry | undefined): string | null {
  const cloud = entry?.cloud;
  const line = useQuery({
    ...queries.commandLine(cloud?.deployment ?? '', cloud?.command ?? { action: 'status' }),
    enabled: Boolean(cloud),
  });
  return (cloud && line.data) || null;
}

/** Whether the press copies, and there is no text that is marked. */
function isCopy({ key, ctrlKey, metaKey, target }: KeyboardEvent): boolean {
  const marked = target instanceof HTMLInputElement && target.selectionStart !== target.selectionEnd;
  return key === 'c' && (isMac ? metaKey : ctrlKey) && !marked;
}

/** Everything that can be found, what was picked last first. */
function useEntries(): Entry[] {
  const offers = useAllOffers();
  const detail = useDeploymentInSight();
  const { data: rows } = useQuery(queries.deployments());
  // What is picked from here on counts for the next time.
  const [last] = useState(recent);
  return useMemo(() => {
    const actions = offers.filter(({ id }) => id !== 'palette').map(fromOffer);
    const stacks = detail ? fromStacks(detail) : [];
    const all = [...actions, ...stacks, ...(rows ?? []).map(fromRow)];
    const byId = new Map(all.map((entry) => [entry.id, entry]));
    const first = last.flatMap((id) => byId.get(id) ?? []);
    return [...new Set([...first, ...all])];
  }, [offers, detail, rows, last]);
}
