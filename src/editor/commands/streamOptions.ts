import * as vscode from 'vscode';
import type { OnFailure, Stream } from '../../core/model';
import { everything } from '../../core/paging';
import type { Queue, StreamPatch } from '../../core/queue';
import { ask, nameProblem } from '../shared/inputBox';
import { type Choice, choose } from '../shared/quickPick';

/** More than any machine gains from. */
const mostAtOnce = 64;
const mostTries = 1000;

type Option =
  | 'name'
  | 'instructions'
  | 'parallelism'
  | 'on_failure'
  | 'autostart'
  | 'skip_unrunnable'
  | 'max_attempts'
  | 'retry_interrupted';

/** Asks for an option of a stream and its new value. Answers the changed stream. */
export async function changeStream(queue: Queue, stream: Stream): Promise<Stream> {
  const title = vscode.l10n.t('Stream Options: {0}', stream.name);
  const option = await choose(title, vscode.l10n.t('Select an option'), optionsOf(stream));
  return queue.updateStream(stream.id, await patchFor(queue, stream, option, title));
}

function optionsOf(stream: Stream): Choice<Option>[] {
  const { l10n } = vscode;
  return [
    { label: l10n.t('Name'), description: stream.name, value: 'name' },
    { label: l10n.t('Instructions'), description: stream.instructions ?? '', value: 'instructions' },
    {
      label: l10n.t('Tasks at once'),
      description: String(stream.parallelism),
      detail: l10n.t('How many tasks the worker runs at once'),
      value: 'parallelism',
    },
    {
      label: l10n.t('After a failure'),
      description: onFailureWord(stream.on_failure),
      detail: l10n.t('Whether the stream continues after a task fails'),
      value: 'on_failure',
    },
    {
      label: l10n.t('Start the worker automatically'),
      description: yesOrNo(stream.autostart),
      detail: l10n.t('The worker starts when the folder is opened'),
      value: 'autostart',
    },
    {
      label: l10n.t('Skip tasks for outside workers'),
      description: yesOrNo(stream.skip_unrunnable),
      detail: l10n.t('Tasks the worker has no command for do not block the tasks behind them'),
      value: 'skip_unrunnable',
    },
    {
      label: l10n.t('Attempts'),
      description: stream.max_attempts === null ? '' : String(stream.max_attempts),
      detail: l10n.t('How many attempts a task has, unless it or its tool sets a number'),
      value: 'max_attempts',
    },
    {
      label: l10n.t('Retry interrupted tasks'),
      description: yesOrNo(stream.retry_interrupted),
      detail: l10n.t('Tasks whose run was ended from outside, for example by a restart'),
      value: 'retry_interrupted',
    },
  ];
}

async function patchFor(queue: Queue, stream: Stream, option: Option, title: string): Promise<StreamPatch> {
  const { l10n } = vscode;
  switch (option) {
    case 'name':
      return { name: await askForName(queue, stream, title) };
    case 'instructions': {
      const prompt = l10n.t('For everyone who works on the stream; leave empty for none');
      const answer = await ask({ title, prompt, value: stream.instructions ?? '' });
      return { instructions: answer.trim() || null };
    }
    case 'parallelism': {
      const prompt = l10n.t('How many tasks the worker runs at once');
      const problem = numberProblem(mostAtOnce);
      return {
        parallelism: Number(await ask({ title, prompt, value: String(stream.parallelism), problem })),
      };
    }
    case 'max_attempts': {
      const prompt = l10n.t('How many attempts a task has; leave empty for one');
      const value = stream.max_attempts === null ? '' : String(stream.max_attempts);
      const problem = (answer: string) =>
        answer.trim() === '' ? undefined : numberProblem(mostTries)(answer);
      const answer = await ask({ title, prompt, value, problem });
      return { max_attempts: answer.trim() === '' ? null : Number(answer) };
    }
    case 'on_failure':
      return {
        on_failure: await choose<OnFailure>(title, l10n.t('When a task fails'), [
          { label: onFailureWord('continue'), value: 'continue' },
          { label: onFailureWord('pause'), value: 'pause' },
        ]),
      };
    case 'autostart':
    case 'skip_unrunnable':
    case 'retry_interrupted':
      return { [option]: !stream[option] };
  }
}

function numberProblem(most: number): (answer: string) => string | undefined {
  return (answer) =>
    /^\d+$/.test(answer.trim()) && Number(answer) >= 1 && Number(answer) <= most
      ? undefined
      : vscode.l10n.t('Enter a whole number from 1 to {0}.', most);
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

function yesOrNo(value: boolean): string {
  return value ? vscode.l10n.t('yes') : vscode.l10n.t('no');
}
