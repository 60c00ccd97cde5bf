import { useMutation, useQuery } from '@tanstack/react-query';
import { useId, useRef, useState } from 'react';
import { backend, type Request } from '@/api/backend';
import { queries } from '@/api/queries';
import { Button } from '@/components/button';
import { CopyButton } from '@/components/copy-button';
import { QuestionDialog } from '@/components/dialog';
import { ErrorNotice } from '@/components/notice';
import { TextField } from '@/components/text-field';
import { count } from '@/format';
import { deploymentRoute, navigate } from '@/router';
import { operationWords, question } from './operations';
import { PlanOutline } from './plan-outline';

/** Shows what an operation will do and starts it when the user says so. */
export function OperationDialog({
  deployment,
  request,
  onClose,
}: {
  deployment: string;
  request: Request;
  onClose: () => void;
}) {
  const { lead, verb, icon, destructive } = operationWords[request.kind];
  const plan = useQuery(queries.plan(deployment, request));
  const [typed, setTyped] = useState('');
  const cancel = useRef<HTMLButtonElement>(null);
  const confirm = useRef<HTMLButtonElement>(null);
  const form = useId();

  const start = useMutation({
    mutationFn: () => backend.startOperation(deployment, request, { parallel: null, stop_on_failure: false }),
    onSuccess: (operation) => {
      onClose();
      navigate(deploymentRoute(deployment, operation), 'replace');
    },
  });

  const ready = plan.isSuccess && !start.isPending && (!destructive || typed.trim() === deployment);
  const error = start.error ?? plan.error;

  return (
    <QuestionDialog
      title={question(deployment, request)}
      initialFocus={destructive ? cancel : confirm}
      onClose={onClose}
      foot={
        <>
          {plan.data ? (
            <CopyButton text={plan.data.command} label="Copy as cloud command">
              Copy as cloud command
            </CopyButton>
          ) : null}
          <span className="flex-1" />
          <Button ref={cancel} onClick={onClose}>
            Cancel
          </Button>
          <Button
            ref={confirm}
            type="submit"
            form={form}
            look={destructive ? 'danger' : 'primary'}
            icon={icon}
            disabled={!ready}
            focusableWhenDisabled
          >
            {plan.data ? `${verb} ${count(plan.data.count, 'stack')}` : verb}
          </Button>
        </>
      }
    >
      <form
        id={form}
        className="contents"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) start.mutate();
        }}
      >
        {error ? <ErrorNotice error={error} /> : null}
        {plan.data ? (
          <>
            <p className="text-soft">{lead}</p>
            <PlanOutline plan={plan.data} />
            {destructive ? (
              <TextField
                label={`Type ${deployment} to confirm`}
                value={typed}
                onChange={setTyped}
                placeholder={deployment}
                mono
              />
            ) : null}
          </>
        ) : null}
        {plan.isPending ? <p className="text-faint">Planning…</p> : null}
      </form>
    </QuestionDialog>
  );
}
