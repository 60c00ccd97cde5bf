/** The demo's answers about looks at CloudFormation: one environment is well, the others do not answer. */
import { refusal } from './backend';
import { queueDrift } from './look-fixtures';

const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

export const lookAnswers = {
  refresh_deployment: async ({ environment }: Record<string, unknown>) => {
    await pause(800);
    if (environment !== 'dev')
      throw refusal(
        'unreachable',
        `${environment ?? 'stage'}: CloudFormation in eu-central-1 does not answer`,
        {
          hint: 'look at the network, a proxy or a VPN, then try again',
        },
      );
    return { operation: 'op-refresh', mended: [] };
  },
  detect_drift: async ({ stack }: Record<string, unknown>) => {
    await pause(2500);
    return { operation: stack ? null : 'op-drift', checked_at: new Date().toISOString(), stacks: [] };
  },
  stack_drift: ({ key }: Record<string, unknown>) => ({
    operation: 'op-drift',
    checked_at: new Date().toISOString(),
    stacks: [{ key, drift: queueDrift }],
  }),
  export_operation: ({ operation }: Record<string, unknown>) =>
    `/home/ana/Downloads/DX6604E-${operation}.json`,
};
