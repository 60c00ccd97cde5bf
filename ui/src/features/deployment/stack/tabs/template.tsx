import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { StackTemplate } from '@/api/backend';
import { queries } from '@/api/queries';
import { Asked, NoSuchStack } from '@/components/asked';
import { CopyButton } from '@/components/controls/copy-button';
import { Segmented } from '@/components/controls/segmented';
import { Notice } from '@/components/notice';
import { diffCount, TextDiff } from '@/components/text-diff';
import type { OfStack } from './part';

const views = [
  { value: 'changes', label: 'Against the file' },
  { value: 'deployed', label: 'As deployed' },
] as const;

/** A stack's CloudFormation template as it was deployed, and how the file differs from it. */
export function Template({ deployment, stack, cell }: OfStack) {
  const [view, setView] = useState<(typeof views)[number]['value']>('changes');
  const template = useQuery(queries.stackTemplate(deployment, stack, cell.last_updated));
  return (
    <Asked query={template}>
      {(answer) =>
        answer.deployed === null ? (
          <NoSuchStack />
        ) : (
          <>
            <div className="flex items-center justify-between gap-2">
              <Segmented label="Template" value={view} choices={[...views]} onChange={setView} />
              <CopyButton text={answer.deployed} label="Copy the deployed template" />
            </div>
            {view === 'changes' ? <Changes answer={answer} /> : <Text text={answer.deployed} />}
          </>
        )
      }
    </Asked>
  );
}

function Changes({ answer: { file, problem, diff } }: { answer: StackTemplate }) {
  if (problem) return <Notice tone="warn" title={problem} />;
  if (!diff || diff.hunks.length === 0) {
    return (
      <p className="text-soft">
        What is deployed is the same as <code className="font-mono text-sm break-all">{file}</code>.
      </p>
    );
  }
  return (
    <>
      <p className="text-soft">
        <code className="font-mono text-sm break-all">{file}</code> differs from what is deployed:{' '}
        {diffCount(diff)} lines.
      </p>
      <TextDiff label="From what is deployed to the file" diff={diff} />
    </>
  );
}

function Text({ text }: { text: string }) {
  return (
    <pre
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      tabIndex={0}
      className="overflow-auto rounded-md border bg-canvas px-3 py-2 font-mono text-sm -outline-offset-2"
    >
      {text}
    </pre>
  );
}
