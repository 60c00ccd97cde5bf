import { TextField } from '@/components/controls/text-field';
import type { DraftPart } from './draft';

/** The account and the region. */
export function Place({ draft: { account, region }, onChange, hint }: DraftPart & { hint: string }) {
  return (
    <div className="grid grid-cols-2 gap-3">
      <TextField
        label="Account"
        value={account}
        onChange={(next) => onChange({ account: next })}
        mono
        hint={hint}
      />
      <TextField
        label="Region"
        value={region}
        onChange={(next) => onChange({ region: next })}
        mono
        placeholder="us-east-1"
      />
    </div>
  );
}
