import { useQuery } from '@tanstack/react-query';
import { ShieldQuestion } from 'lucide-react';
import { queries } from '@/api/queries';
import { askForTrust } from '@/api/trust';
import { Accesses } from '@/components/accesses';
import { Button } from '@/components/controls/button';
import { Notice } from '@/components/notice';

/** That no account is called for a folder before it is trusted, and the way to that. */
export function TrustNotice({ deployment }: { deployment: string }) {
  const { data: question } = useQuery(queries.trustQuestion(deployment));
  if (!question) return null;
  return (
    <Notice tone="info" title="AWS is not called for this folder until you trust it">
      <div className="flex flex-col items-start gap-2">
        <Accesses unknown={question.unknown} />
        <Button size="small" icon={ShieldQuestion} onClick={() => void askForTrust(question)}>
          Trust…
        </Button>
      </div>
    </Notice>
  );
}
