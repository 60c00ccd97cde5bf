import { ArrowRightLeft } from 'lucide-react';
import { showDialog } from '@/actions/dialogs';
import { Button } from '@/components/controls/button';

/** What to do about an operation that another machine, or another copy of the folder, has left open. */
export function TakeOver({ deployment }: { deployment: string }) {
  return (
    <div className="flex flex-col items-start gap-2">
      If nothing runs there any more, you can take the operation over and bring it to its end here.
      <Button
        size="small"
        icon={ArrowRightLeft}
        onClick={() => showDialog({ dialog: 'take-over', deployment })}
      >
        Take over…
      </Button>
    </div>
  );
}
