import type { Finding } from '@/api/backend';
import { Notice } from '@/components/notice';

/** What CloudFormation's validation found: what it refuses first, then what it warns of, each with its place. */
export function Findings({ findings }: { findings: Finding[] }) {
  const inOrder = findings.toSorted((one, other) => Number(other.refuses) - Number(one.refuses));
  return inOrder.map((finding) => (
    <Notice
      key={[finding.path, finding.name, finding.reason].join()}
      tone={finding.refuses ? 'bad' : 'warn'}
      title={finding.reason}
    >
      <Place finding={finding} />
    </Notice>
  ));
}

function Place({ finding: { path, line, name } }: { finding: Finding }) {
  if (!path && !name) return null;
  return (
    <p className="flex flex-wrap gap-x-3 font-mono text-sm break-all">
      {line ? (
        <span className="text-ink">
          {line[0]}:{line[1]}
        </span>
      ) : null}
      {path ? <span>{path}</span> : null}
      {name ? <span className="text-faint">{name}</span> : null}
    </p>
  );
}
