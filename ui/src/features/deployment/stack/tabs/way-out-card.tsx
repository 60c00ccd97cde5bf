import { useId, useState } from 'react';
import { askFor, wordsOf } from '@/actions/operations';
import type { Request, WayOutView } from '@/api/backend';
import { ActionButton } from '@/components/controls/button';
import { CheckField } from '@/components/controls/check-field';
import { CopyButton } from '@/components/controls/copy-button';

/** One way out of a stack's state: what it does, the exact call, and the resources that it passes by. */
export function WayOutCard({ deployment, way }: { deployment: string; way: WayOutView }) {
  const { title, effect, call, skips, dependents, choices, request, command, destructive, refused } = way;
  const proposed = choices.filter(({ chosen }) => chosen).map(({ logical_id }) => logical_id);
  const [chosen, setChosen] = useState(proposed);
  const heading = useId();
  const changed = chosen.length !== proposed.length || chosen.some((id) => !proposed.includes(id));
  return (
    <li
      data-testid={`way-${way.way}`}
      aria-labelledby={heading}
      className={`flex flex-col gap-2 rounded-lg border p-3 ${destructive ? 'border-bad' : ''}`}
    >
      <h4 id={heading} className="font-medium">
        {title}
      </h4>
      <p className="break-words text-soft">{effect}</p>
      {call ? (
        <code className="rounded bg-sunken px-2 py-1 font-mono text-sm break-words">{call}</code>
      ) : null}
      {choices.length > 0 ? (
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1 text-sm text-faint">Resources to pass by</legend>
          {choices.map(({ logical_id, resource_type, physical_id, status, reason }) => (
            <CheckField
              key={logical_id}
              label={logical_id}
              checked={chosen.includes(logical_id)}
              onChange={(on) =>
                setChosen((before) =>
                  on ? [...before, logical_id] : before.filter((other) => other !== logical_id),
                )
              }
            >
              <span className="block font-mono break-all">{[resource_type, status].join(' ')}</span>
              {physical_id ? <span className="block font-mono break-all">{physical_id}</span> : null}
              {reason ? <span className="block break-words text-soft">{reason}</span> : null}
            </CheckField>
          ))}
        </fieldset>
      ) : null}
      {skips ? <p className="break-words text-soft">{skips}</p> : null}
      {dependents ? <p className="break-words text-soft">{dependents}</p> : null}
      {refused ? <p className="break-words text-warn">{refused}</p> : null}
      {request || command ? (
        <div className="flex flex-wrap items-center gap-2">
          {request ? (
            <ActionButton
              label={title}
              look={destructive ? 'danger' : 'secondary'}
              icon={wordsOf(request).icon}
              refused={refused}
              onPress={() => askFor(deployment, withChoices(request, chosen))}
            >
              {`${title}…`}
            </ActionButton>
          ) : null}
          {/* The command has the proposed choices. */}
          {command && !changed ? (
            <CopyButton text={command} label="Copy as cloud command">
              Copy as cloud command
            </CopyButton>
          ) : null}
        </div>
      ) : null}
    </li>
  );
}

/** The request with the resources that the user chose to pass by. */
function withChoices(request: Request, chosen: string[]): Request {
  if (request.kind === 'repair-stack' && request.repair.way === 'continue_rollback') {
    return { ...request, repair: { ...request.repair, skip: chosen } };
  }
  if (request.kind === 'destroy-stack' && chosen.length > 0) {
    return { ...request, deletion: { force: request.deletion?.force ?? false, retain: chosen } };
  }
  return request;
}
