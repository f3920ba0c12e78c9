import * as vscode from 'vscode';
import type { Host, OnFailure, RunsOn, Stream } from '../../../core/model';
import { everything } from '../../../core/paging';
import type { Queue, StreamPatch } from '../../../core/queue';
import { mostOfResource, needsLine, parseNeeds } from '../../../core/validation';
import { askForWorktree, worktreeWord } from '../../pickers/worktreePicker';
import { ask, nameProblem } from '../../shared/inputBox';
import { type Choice, choose } from '../../shared/quickPick';

/** More than any machine gains from. */
const mostAtOnce = 64;
const mostAttempts = 1000;

/** An option of a stream, and how its new value is asked for. */
type Option = Choice<() => StreamPatch | Promise<StreamPatch>>;

/** Asks for an option of a stream and its new value. Answers the changed stream. */
export async function changeStream(queue: Queue, stream: Stream): Promise<Stream> {
  const title = vscode.l10n.t('Stream Options: {0}', stream.name);
  const changeOption = await choose(title, vscode.l10n.t('Select an option'), [
    ...optionsOf(queue, stream, title),
    ...hostOptions(await queue.listHosts(), stream, title),
  ]);
  return queue.updateStream(stream.id, await changeOption());
}

function optionsOf(queue: Queue, stream: Stream, title: string): Option[] {
  const { l10n } = vscode;
  const onOff = (
    option: 'autostart' | 'skip_unrunnable' | 'pass_resting' | 'retry_interrupted',
    label: string,
    detail: string,
  ): Option => ({
    label,
    description: stream[option] ? l10n.t('yes') : l10n.t('no'),
    detail,
    value: () => ({ [option]: !stream[option] }),
  });
  return [
    {
      label: l10n.t('Name'),
      description: stream.name,
      value: async () => ({ name: await askForName(queue, stream, title) }),
    },
    {
      label: l10n.t('Instructions'),
      description: stream.instructions ?? '',
      value: async () => {
        const prompt = l10n.t('For everyone who works on the stream; leave empty for none');
        const answer = await ask({ title, prompt, value: stream.instructions ?? '' });
        return { instructions: answer.trim() || null };
      },
    },
    {
      label: l10n.t('Tasks at once'),
      description: String(stream.parallelism),
      detail: l10n.t('How many tasks the worker runs at once'),
      value: async () => {
        const prompt = l10n.t('How many tasks the worker runs at once');
        const problem = numberProblem(mostAtOnce);
        const answer = await ask({ title, prompt, value: String(stream.parallelism), problem });
        return { parallelism: Number(answer) };
      },
    },
    {
      label: l10n.t('After a failure'),
      description: onFailureWord(stream.on_failure),
      detail: l10n.t('Whether the stream continues after a task fails'),
      value: async () => ({
        on_failure: await choose<OnFailure>(title, l10n.t('When a task fails'), [
          { label: onFailureWord('continue'), value: 'continue' },
          { label: onFailureWord('pause'), value: 'pause' },
        ]),
      }),
    },
    onOff(
      'autostart',
      l10n.t('Start the worker automatically'),
      l10n.t('The worker starts when the folder is opened'),
    ),
    onOff(
      'skip_unrunnable',
      l10n.t('Skip tasks for outside workers'),
      l10n.t('Tasks the worker has no command for do not block the tasks behind them'),
    ),
    onOff(
      'pass_resting',
      l10n.t('Pass tasks whose account rests'),
      l10n.t('Tasks whose account is at its limit do not block the tasks behind them'),
    ),
    {
      label: l10n.t('Attempts'),
      description: stream.max_attempts?.toString() ?? '',
      detail: l10n.t('How many attempts a task has, unless it or its tool sets a number'),
      value: async () => {
        const prompt = l10n.t('How many attempts a task has; leave empty for one');
        const valid = numberProblem(mostAttempts);
        const problem = (answer: string) => (answer.trim() === '' ? undefined : valid(answer));
        const answer = await ask({ title, prompt, value: stream.max_attempts?.toString() ?? '', problem });
        return { max_attempts: answer.trim() === '' ? null : Number(answer) };
      },
    },
    {
      label: l10n.t('Needs'),
      description: needsLine(stream.needs),
      detail: l10n.t('What each run needs of the machine for itself, over all folders'),
      value: async () => {
        const prompt = l10n.t('Such as gpu, or gpu=2, port-3000; leave empty for nothing');
        const answer = await ask({ title, prompt, value: needsLine(stream.needs), problem: needsProblem });
        return { needs: parseNeeds(answer) };
      },
    },
    {
      label: l10n.t('Worktree'),
      description: stream.worktree ? worktreeWord(stream.worktree) : '',
      detail: l10n.t('The worktree of git in which its agents work, in place of what their tools say'),
      value: async () => ({ worktree: await askForWorktree(title, l10n.t('As their tools say')) }),
    },
    onOff(
      'retry_interrupted',
      l10n.t('Retry interrupted tasks'),
      l10n.t('Tasks whose run was ended from outside, for example by a restart'),
    ),
  ];
}

/** For a queue that hosts share, where there is a choice. */
function hostOptions(hosts: readonly Host[], stream: Stream, title: string): Option[] {
  const { l10n } = vscode;
  if (hosts.length < 2 && stream.runs_on === null) return [];
  return [
    {
      label: l10n.t('Hosts'),
      description: hostsOf(stream, hosts),
      detail: l10n.t('The hosts that run its tasks'),
      value: async () => ({ runs_on: await askForHosts(title, hosts) }),
    },
    {
      label: l10n.t('Queue runs of silent hosts again'),
      description: stream.lost_host === 'requeue' ? l10n.t('yes') : l10n.t('no'),
      detail: l10n.t(
        'Runs of a host that has not been heard of for 90 seconds, in place of waiting for their deadline',
      ),
      value: () => ({ lost_host: stream.lost_host === 'requeue' ? 'wait' : 'requeue' }),
    },
  ];
}

function hostsOf({ runs_on: where }: Stream, hosts: readonly Host[]): string {
  if (where === null) return vscode.l10n.t('any');
  if ('labels' in where) return vscode.l10n.t('with {0}', where.labels.join(', '));
  return where.hosts.map((id) => hosts.find((host) => host.id === id)?.name ?? id).join(', ');
}

async function askForHosts(title: string, hosts: readonly Host[]): Promise<RunsOn | 'any'> {
  const { l10n } = vscode;
  const labels = [...new Set(hosts.flatMap((host) => host.labels))].sort();
  return choose<RunsOn | 'any'>(title, l10n.t('The hosts that run the tasks of this stream'), [
    { label: l10n.t('Any host'), value: 'any' },
    ...hosts.map(({ id, name, here }) => ({
      label: name,
      description: here ? l10n.t('this host') : '',
      value: { hosts: [id] },
    })),
    ...labels.map((label) => ({ label: l10n.t('Hosts with {0}', label), value: { labels: [label] } })),
  ]);
}

function numberProblem(most: number): (answer: string) => string | undefined {
  return (answer) =>
    /^\d+$/.test(answer.trim()) && Number(answer) >= 1 && Number(answer) <= most
      ? undefined
      : vscode.l10n.t('Enter a whole number from 1 to {0}.', most);
}

function needsProblem(answer: string): string | undefined {
  try {
    parseNeeds(answer);
    return undefined;
  } catch {
    return vscode.l10n.t(
      'Enter names with whole numbers from 1 to {0}, such as gpu=1: letters, digits, - . _',
      mostOfResource,
    );
  }
}

async function askForName(queue: Queue, stream: Stream, title: string): Promise<string> {
  const streams = await everything((page) => queue.listStreams(page));
  const others = streams.filter(({ id }) => id !== stream.id);
  const prompt = vscode.l10n.t('The new name');
  const name = await ask({ title, prompt, value: stream.name, problem: nameProblem('stream', others) });
  return name.trim();
}

function onFailureWord(choice: OnFailure): string {
  return choice === 'pause' ? vscode.l10n.t('pause the stream') : vscode.l10n.t('continue');
}
