import { useMutation } from '@tanstack/react-query';
import { SquarePen } from 'lucide-react';
import { backend, type Problem } from '@/api/backend';
import { Button } from './controls/button';

/** What is wrong in the files, each with its place and what would be right. Files of a deployment can be opened. */
export function ProblemList({ problems, deployment }: { problems: Problem[]; deployment?: string }) {
  if (problems.length === 0) return null;
  return (
    <ul className="mt-2 flex max-h-52 flex-col gap-2 overflow-y-auto">
      {problems.map((problem) => (
        <li key={JSON.stringify(problem)} className="flex items-start justify-between gap-3">
          <div className="min-w-0 break-words">
            <span className="font-mono text-sm text-ink">
              {problem.file}
              {problem.at ? `:${problem.at.line}:${problem.at.column}` : null}
            </span>
            {problem.key ? <span className="font-mono text-sm text-soft"> {problem.key}</span> : null}
            <span className="block text-ink">{problem.message}</span>
            {problem.hint ? <span className="block text-soft">{problem.hint}</span> : null}
          </div>
          {deployment ? <OpenFile deployment={deployment} file={problem.file} /> : null}
        </li>
      ))}
    </ul>
  );
}

function OpenFile({ deployment, file }: { deployment: string; file: string }) {
  const open = useMutation({ mutationFn: () => backend.openFile(deployment, file) });
  return (
    <span className="flex shrink-0 flex-col items-end">
      <Button
        size="small"
        icon={SquarePen}
        title={`Open ${file} with the program that the system opens it with`}
        onClick={() => open.mutate()}
      >
        Open in editor
      </Button>
      {open.error ? (
        <span role="alert" className="max-w-60 text-right text-sm text-bad">
          {open.error.message}
        </span>
      ) : null}
    </span>
  );
}
