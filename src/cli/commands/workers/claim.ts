/** `sparkq claim`: takes a task, or lists the streams that have some. */

import { type Command, Option } from '@commander-js/extra-typings';
import { taskJson } from '../../../core/exactJson';
import type { Claim, Stream } from '../../../core/model';
import { everything } from '../../../core/paging';
import { oneLine } from '../../../core/plainText';
import type { Queue } from '../../../core/queue';
import { required } from '../../../core/refusals';
import { type CommandContext, promptOf } from '../../context';
import { example, nonBlank, parseSeconds } from '../../terminal/options';

interface ClaimOptions {
  stream?: string;
  task?: string;
  wait?: number;
  worker?: string;
  requestId?: string;
}

export function addClaim(program: Command, context: CommandContext): void {
  program
    .command('claim')
    .description('claim the next task of a stream; without --stream, list the streams')
    .option('-s, --stream <stream>', 'name or id', nonBlank('Stream'))
    .addOption(
      new Option('--task <id>', 'claim this task').argParser(nonBlank('Task')).conflicts(['stream', 'wait']),
    )
    .option('--wait <seconds>', 'wait up to this long for a task', parseSeconds)
    .option('--worker <id>', 'a worker id issued by the queue')
    .option('--request-id <text>', 'repeating a claim with the same text returns the same claim')
    .addHelpText(
      'after',
      example('sparkq claim --stream auth --json', 'sparkq claim --stream auth --wait 300'),
    )
    .action((options) =>
      context.withQueue(
        (queue) => claim(queue, context, options),
        // A waiting command leaves the queue to others meanwhile.
        options.wait ? { role: 'claim', serve: true } : {},
      ),
    );
}

async function claim(queue: Queue, context: CommandContext, options: ClaimOptions): Promise<void> {
  if (options.stream === undefined && options.task === undefined) return listClaimable(queue, context);
  const claimed = await claimOf(queue, context, options);
  if (claimed === null) {
    const { name } = await queue.getStream(options.stream ?? '');
    return context.say(`No queued tasks in stream '${name}'`);
  }
  const { task, stream, lease, lease_until, deadline, resume } = claimed;
  context.answer({ ...taskJson(task), stream, lease, lease_until, deadline, resume }, claimLines(claimed));
}

/** One request waits at most this long, seconds; a longer wait takes several. */
const longestWait = 60;

async function claimOf(queue: Queue, context: CommandContext, options: ClaimOptions): Promise<Claim | null> {
  const request = { worker_id: options.worker, claim_request_id: options.requestId };
  if (options.task !== undefined) {
    return queue.claimTask(options.task, { ...request, ...(await context.gitAtClaim()) });
  }
  let left = options.wait ?? 0;
  for (;;) {
    const git = await context.gitAtClaim();
    const wait = Math.min(left, longestWait);
    const claim = await queue.claimNext(options.stream ?? '', { ...request, ...git, wait });
    left -= longestWait;
    if (claim !== null || left <= 0) return claim;
  }
}

function claimLines({ task, stream }: Claim): string[] {
  const prompt = promptOf(task);
  const lines = [oneLine(`Task ${task.id}: ${task.tool_name}`), `Stream: ${stream.name}`];
  if (stream.instructions) lines.push(`Instructions: ${stream.instructions}`);
  if (prompt !== '') lines.push(`Prompt: ${prompt}`);
  if (task.note) lines.push(`Note: ${task.note}`);
  return lines;
}

async function listClaimable(queue: Queue, context: CommandContext): Promise<void> {
  const streams = await everything((page) => queue.listStreams({ ...page, status: 'active' }));
  if (streams.length === 0) throw required('Stream', 'Try: sparkq stream list');
  const line = ({ name, id, counts }: Stream) => `- ${name} (${id}): ${counts.queued} queued`;
  context.answer(
    streams.map(({ id, name, instructions, counts }) => ({ id, name, instructions, queued: counts.queued })),
    ['Streams to claim from, with --stream NAME:', ...streams.map(line)],
  );
}
