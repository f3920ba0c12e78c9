/** `sparkq digest`: what has happened since somebody last looked. */

import type { Command } from '@commander-js/extra-typings';
import { costIn, tokensIn } from '../../../accounts/usage';
import type { AgentUse } from '../../../client/agentUse';
import { type Digest, type FinishedTask, readDigest, type WaitingTasks } from '../../../client/digest';
import { fromInstant, type Instant, toInstant } from '../../../core/clock';
import { shortened } from '../../../core/cutText';
import { Durations } from '../../../core/durations';
import { taskJson } from '../../../core/exactJson';
import { everything } from '../../../core/paging';
import { oneLine } from '../../../core/plainText';
import { nameOfTask } from '../../../core/taskName';
import { localText } from '../../../core/times';
import { english } from '../../../core/translator';
import { restingReason, restWords } from '../../../core/waiting';
import { type CommandContext, namesById } from '../../context';
import { example } from '../../terminal/options';
import { parseTimeAgo } from '../../terminal/searchOptions';

const usualHours = 24;
/** Tasks that are named of each kind; the others are counted. */
const mostNamed = 50;
const longestRemark = 100;

const durations = new Durations('en');

export function addDigest(program: Command, context: CommandContext): void {
  program
    .command('digest')
    .description('sum up what finished, what failed and what waits for a person')
    .option(
      '--since <time>',
      `what finished since, such as 12h or 2026-01-31; by default the last ${usualHours} hours`,
      parseTimeAgo,
    )
    .option('--markdown', 'print Markdown')
    .addHelpText('after', example('sparkq digest', 'sparkq digest --since 7d --markdown'))
    .action(({ since, markdown = false }) =>
      context.withQueue(async (queue) => {
        const start = since ?? toInstant(Date.now() - usualHours * 3_600_000);
        const digest = await readDigest(queue, start);
        const streams = namesById(await everything((page) => queue.listStreams(page)));
        context.answer(digestJson(digest), digestLines(digest, streams, markdown));
      }),
    );
}

function digestJson({ since, succeeded, failed, cancelled, waiting, agents }: Digest) {
  return {
    since,
    succeeded: succeeded.map(taskJson),
    failed: failed.map(taskJson),
    cancelled: cancelled.map(taskJson),
    waiting: waiting.map((group) => ({ ...group, first: taskJson(group.first) })),
    agents,
  };
}

/** How a kind of text is written. */
interface Style {
  title(text: string): string[];
  heading(text: string): string[];
  point(name: string, remark: string): string;
  item(name: string, id: string, remark: string): string;
}

const plain: Style = {
  title: (text) => [text],
  heading: (text) => ['', `${text}:`],
  point: (name, remark) => `  ${name}  ${remark}`,
  item: (name, id, remark) => `  ${id}  ${name}${remark === '' ? '' : `  ${remark}`}`,
};

const marked: Style = {
  title: (text) => [`# ${text}`, ''],
  heading: (text) => ['', `## ${text}`, ''],
  point: (name, remark) => `- **${escaped(name)}**: ${escaped(remark)}`,
  item: (name, id, remark) =>
    `- **${escaped(name)}** (\`${id}\`)${remark === '' ? '' : `: ${escaped(remark)}`}`,
};

/** Names and errors are text, whatever Markdown or HTML is in them. */
function escaped(text: string): string {
  return text.replace(/[\\`*_{}[\]<>()#+!|~&-]/g, '\\$&');
}

/** @param streams the name of each stream by its id */
export function digestLines(
  digest: Digest,
  streams: ReadonlyMap<string, string>,
  markdown: boolean,
): string[] {
  const { since, succeeded, failed, cancelled, waiting, agents } = digest;
  const style = markdown ? marked : plain;
  const counts = [
    `${succeeded.length} succeeded`,
    `${failed.length} failed`,
    ...(cancelled.length > 0 ? [`${cancelled.length} cancelled`] : []),
  ];
  const waits = waiting.reduce((sum, { count }) => sum + count, 0);
  const section = <T>(heading: string, rows: readonly T[], line: (row: T) => string) =>
    rows.length === 0
      ? []
      : [
          ...style.heading(heading),
          ...rows.slice(0, mostNamed).map(line),
          ...(rows.length > mostNamed ? [`${markdown ? '-' : ' '} and ${rows.length - mostNamed} more`] : []),
        ];
  const ended = (task: FinishedTask) => style.item(oneLine(nameOfTask(task)), task.id, remarkOn(task));
  const stuck = ({ first, count, waiting: reason, stream_id: stream }: WaitingTasks) =>
    style.item(
      oneLine(count === 1 ? nameOfTask(first) : `${count} tasks of stream ${streams.get(stream) ?? stream}`),
      first.id,
      reason,
    );
  return [
    ...style.title(`Since ${localText(since)}`),
    `${counts.join(', ')}${waits > 0 ? `; ${waits} ${waits === 1 ? 'waits' : 'wait'} for a person` : ''}`,
    ...section('Failed', failed, ended),
    ...section('Waits for a person', waiting, stuck),
    ...section('Succeeded', succeeded, ended),
    ...section('Cancelled', cancelled, ended),
    ...section('Used by agents', agents, (one) => style.point(one.tool, useOf(one))),
  ];
}

/** `4 runs, $1.20; 1 met a limit; tokens: 200 read, 40 written; resting until 20:01 (5-hour limit)` */
function useOf(use: AgentUse): string {
  const { runs, limited, rest } = use;
  const tokens = tokensIn(use);
  return [
    `${runs} ${runs === 1 ? 'run' : 'runs'}, ${use.cost_usd === null ? 'cost unknown' : costIn(use)}`,
    ...(limited === 0 ? [] : [`${limited} met a limit`]),
    ...(tokens === null ? [] : [`tokens: ${tokens}`]),
    ...(rest === null ? [] : [restWords(restingReason(rest, use.tool), Date.now(), english)]),
  ].join('; ');
}

/** How long it ran, and what came of it. */
function remarkOn({ started_at: from, finished_at: to, ...task }: FinishedTask): string {
  const ran = from === null ? 'did not run' : `ran ${durations.duration(elapsed(from, to))}`;
  const outcome = task.status === 'failed' ? task.error : task.result_summary;
  const first = oneLine(outcome?.trim().split('\n', 1)[0] ?? '');
  return first === '' ? ran : `${ran}: ${shortened(first, longestRemark)}`;
}

function elapsed(from: Instant, to: Instant): number {
  return fromInstant(to) - fromInstant(from);
}
