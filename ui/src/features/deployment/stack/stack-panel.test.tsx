import { type Answers, refusal } from '@test/backend';
import { cell, detail, stack } from '@test/fixtures';
import { inspectAnswers } from '@test/inspect-fixtures';
import { button, expectAccessible, open } from '@test/render';
import { fireEvent, screen, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { Cell } from '@/api/backend';
import { asEnv } from './tabs/outputs';
import { LEAST, USUAL, widest } from './width';

const key = { stack: 'network', environment: 'dev' };
const console = 'https://console.aws.amazon.com/cloudformation/home?region=us-east-1#/stacks';

function openTab(tab: string, answers: Answers = {}, change: Partial<Cell> = {}) {
  return open(`#/deployments/DX6604E?stack=network&environment=dev&tab=${tab}`, {
    deployment: () =>
      detail({ stacks: [stack('network', { cells: [cell({ status: 'deployed', ...change })] })] }),
    ...inspectAnswers,
    ...answers,
  });
}

const panel = () => screen.findByRole('tabpanel');
const offline = () => {
  throw refusal('unreachable', 'dev: CloudFormation does not answer', { hint: 'look at the network' });
};

describe('the panel of a stack', () => {
  it('asks CloudFormation only for what is looked at', async () => {
    const asked = vi.fn(inspectAnswers.stack_resources);
    const { user } = openTab('', { stack_resources: asked });
    await panel();
    expect(asked).not.toHaveBeenCalled();
    await user.click(screen.getByRole('tab', { name: 'Resources' }));
    expect(await screen.findByTestId('resource-Vpc')).toHaveTextContent(
      'VpcCREATE_COMPLETEAWS::EC2::VPCvpc-0a1b2c3d4e5f67890',
    );
    expect(asked).toHaveBeenCalledTimes(1);
    expect(asked).toHaveBeenCalledWith({ id: 'DX6604E', key });
    expect(await panel()).toHaveTextContent(/As of .+ ago/);
    await user.click(button('Copy the id of Vpc'));
    expect(await navigator.clipboard.readText()).toBe('vpc-0a1b2c3d4e5f67890');
    await user.click(button('Ask CloudFormation again'));
    expect(asked).toHaveBeenCalledTimes(2);
    await expectAccessible();
  });

  it('shows what the logs know where CloudFormation does not answer, and says so', async () => {
    openTab('resources', { stack_resources: offline });
    expect(await screen.findByRole('alert')).toHaveTextContent('CloudFormation does not answer');
    expect(await screen.findByTestId('resource-Vpc')).toBeVisible();
    expect(await panel()).toHaveTextContent('As the logs of the last operations have them');
  });

  it('says that there is no such stack', async () => {
    openTab('resources', {
      stack_resources: () => ({ asked_at: new Date().toISOString(), resources: null }),
    });
    expect(await screen.findByText('CloudFormation has no such stack.')).toBeVisible();
  });

  it('tells of each parameter what is deployed, where it is from, and what a deploy makes of it', async () => {
    openTab('parameters');
    const parameter = (name: string) => screen.findByTestId(`parameter-${name}`);
    expect(await parameter('CidrBlock')).toHaveTextContent(
      'CidrBlockDiffers10.0.0.0/16becomes10.1.0.0/16from the manifest',
    );
    expect(await parameter('VpcId')).toHaveTextContent('As wantedvpc-0a1b2c3d4e5f67890from network.VpcId');
    expect(await parameter('Password')).toHaveTextContent('Hidden****');
    expect(await parameter('Retired')).toHaveTextContent('Not in the fileyes');
    await expectAccessible();
  });

  it('copies all outputs as JSON or as variables of a shell', async () => {
    const outputs = { VpcId: 'vpc-1', Motto: "it's" };
    const { user } = openTab('outputs', {}, { outputs });
    await user.click(await screen.findByRole('button', { name: 'Copy as JSON' }));
    expect(JSON.parse(await navigator.clipboard.readText())).toEqual(outputs);
    await user.click(button('Copy as variables'));
    expect(await navigator.clipboard.readText()).toBe(asEnv(outputs));
    expect(asEnv(outputs)).toBe("VPC_ID='vpc-1'\nMOTTO='it'\\''s'\n");
    await expectAccessible();
  });

  it('compares the deployed template with the file, line by line', async () => {
    const { user } = openTab('template');
    const diff = await screen.findByRole('region', { name: 'From what is deployed to the file' });
    expect(diff).toHaveTextContent('3-removed: Type: AWS::SQS::Queue');
    expect(diff).toHaveTextContent('4+added: DeletionPolicy: Retain');
    expect(await panel()).toHaveTextContent(
      'stacks/network.yaml differs from what is deployed: +2 −1 lines.',
    );
    await user.click(screen.getByRole('radio', { name: 'As deployed' }));
    expect(await panel()).toHaveTextContent('Resources: Queue: Type: AWS::SQS::Queue');
    await expectAccessible();
  });

  it('lists the events of CloudFormation, and those of the logs on request', async () => {
    const { user } = openTab('events');
    const list = () => screen.findByRole('list', { name: 'Events of the stack' });
    expect(await list()).toHaveTextContent('UPDATE_ROLLBACK_IN_PROGRESS');
    expect(await panel()).toHaveTextContent('Earlier events are in the AWS console.');
    await user.click(screen.getByRole('radio', { name: 'Skydeck’s logs' }));
    expect(await list()).toHaveTextContent('CREATE_COMPLETE');
    await expectAccessible();
  });

  it('opens an operation that worked on the stack', async () => {
    const { user } = openTab('operations', { operation: () => new Promise(() => {}) });
    const list = await screen.findByRole('list', { name: 'Operations on the stack' });
    expect(list).toHaveTextContent('Vpc: No more room');
    await user.click(within(list).getByRole('button', { name: 'Deploy stack' }));
    expect(window.location.hash).toContain('operation=op-a');
  });

  it('opens the AWS console by the stack’s name and never by an address, and has none in the sandbox', async () => {
    const opened = vi.fn(() => null);
    const { user } = openTab('', { open_console: opened }, { console });
    await user.click(await screen.findByRole('button', { name: 'Open in the AWS console' }));
    expect(opened).toHaveBeenCalledWith({ id: 'DX6604E', key, resource: null });
  });

  it('opens a resource there by what CloudFormation calls it, where its page is known', async () => {
    const opened = vi.fn(() => null);
    const { user } = openTab('resources', { open_console: opened });
    const [vpc] = await screen.findAllByRole('button', { name: /^Open .* in the AWS console$/ });
    expect(vpc).toHaveAccessibleName('Open Vpc in the AWS console');
    await user.click(vpc as HTMLElement);
    const resource = { resource_type: 'AWS::EC2::VPC', physical_id: 'vpc-0a1b2c3d4e5f67890' };
    expect(opened).toHaveBeenCalledWith({ id: 'DX6604E', key, resource });
    expect(screen.queryByRole('button', { name: /^Open FlowLogs/ })).toBeNull();
  });

  it('says in the sandbox that there is no console', async () => {
    openTab('', {}, { console: null });
    expect(await panel()).toHaveTextContent('ConsoleNone: the stack lives in the sandbox');
    expect(screen.queryByRole('button', { name: 'Open in the AWS console' })).toBeNull();
  });
});

describe('the edge of the panel', () => {
  const edge = () => screen.findByRole('separator', { name: 'Width of the panel' });
  /** How wide the panel is, as its edge says and as it is drawn. */
  const width = async () => {
    const now = (await edge()).getAttribute('aria-valuenow');
    expect(screen.getByRole('complementary')).toHaveStyle({ width: `${now}px` });
    return Number(now);
  };
  /** Makes everything as wide as a window with so much room. */
  const inWindowOf = (room: number) =>
    vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(room);

  it('resizes it by keys, within its bounds, and the width is kept', async () => {
    inWindowOf(1280);
    const { user, unmount } = openTab('');
    expect(await edge()).toHaveAttribute('aria-valuemax', String(widest(1280)));
    expect(await width()).toBe(USUAL);
    (await edge()).focus();
    await user.keyboard('{ArrowLeft}{ArrowLeft}{ArrowRight}');
    expect(await width()).toBe(USUAL + 16);
    await user.keyboard('{End}{ArrowLeft}');
    expect(await width()).toBe(widest(1280));
    await user.keyboard('{Home}{ArrowRight}');
    expect(await width()).toBe(LEAST);
    await user.keyboard('{ArrowLeft}');
    await expectAccessible();
    unmount();
    openTab('');
    expect(await width()).toBe(LEAST + 16);
    vi.restoreAllMocks();
  });

  it('resizes it by the pointer, and a double click gives the usual width back', async () => {
    inWindowOf(1280);
    const { user } = openTab('');
    const handle = await edge();
    Object.assign(handle, { setPointerCapture: () => {}, hasPointerCapture: () => true });
    vi.spyOn(screen.getByRole('complementary'), 'getBoundingClientRect').mockReturnValue(
      DOMRect.fromRect({ x: 800, width: 480, height: 600 }),
    );
    fireEvent.pointerDown(handle, { button: 0, pointerId: 1 });
    fireEvent.pointerMove(handle, { pointerId: 1, clientX: 900 });
    expect(await width()).toBe(380);
    await user.dblClick(handle);
    expect(await width()).toBe(USUAL);
    vi.restoreAllMocks();
  });

  it('leaves two environments their room, and is as wide as before where there is room again', async () => {
    const room = inWindowOf(1000);
    const { unmount } = openTab('');
    expect(await width()).toBe(344);
    unmount();
    room.mockReturnValue(1280);
    openTab('');
    expect(await width()).toBe(USUAL);
    vi.restoreAllMocks();
  });
});
