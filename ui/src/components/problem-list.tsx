import type { Problem } from '@/api/backend';

/** What is wrong in the files, each with its place and what would be right. */
export function ProblemList({ problems }: { problems: Problem[] }) {
  if (problems.length === 0) return null;
  return (
    <ul className="mt-2 flex max-h-52 flex-col gap-2 overflow-y-auto">
      {problems.map((problem) => (
        <li key={JSON.stringify(problem)} className="min-w-0 break-words">
          <span className="font-mono text-sm text-ink">
            {problem.file}
            {problem.at ? `:${problem.at.line}:${problem.at.column}` : null}
          </span>
          {problem.key ? <span className="font-mono text-sm text-soft"> {problem.key}</span> : null}
          <span className="block text-ink">{problem.message}</span>
          {problem.hint ? <span className="block text-soft">{problem.hint}</span> : null}
        </li>
      ))}
    </ul>
  );
}
