/** `sparkq events`: each change of the queue as it comes. */

import { type Command, InvalidArgumentError } from 'commander';
import { RemoteQueue } from '../../client/remote/remoteQueue';
import { QueueError } from '../../core/errors';
import type { QueueEvent, Unsubscribe } from '../../core/events';
import type { Queue } from '../../core/queue';
import type { CommandContext } from '../context';
import { example } from '../help';
import { writeOut } from '../terminal/streams';
import { parseInteger } from '../terminal/values';

interface EventsOptions {
  after?: string;
  count?: number;
}

export function addEventsCommand(program: Command, context: CommandContext): void {
  program
    .command('events')
    .description('print each change of the queue as it comes, until Ctrl-C; with --json one object a line')
    .option('--after <id>', 'begin just after this event', parseEventId)
    .option('--count <number>', 'end after this many', parseInteger)
    .addHelpText('after', example('sparkq events', 'sparkq events --json --count 1'))
    .action((options: EventsOptions) =>
      context.withQueue((queue) => follow(queue, context, options), { role: 'events', serve: true }),
    );
}

async function follow(queue: Queue, context: CommandContext, { after, count }: EventsOptions): Promise<void> {
  // An owner that cannot be reached, or lets nobody in, is told of now: who listens would wait for it for ever.
  await queue.status();
  let left = count ?? Number.POSITIVE_INFINITY;
  if (left <= 0) return;
  const ends: Unsubscribe[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      // An owner that is away is waited for; one that refuses is not asked again.
      if (queue instanceof RemoteQueue) {
        ends.push(queue.onDisconnect((error) => !QueueError.is(error, 'unavailable') && reject(error)));
      }
      // What was missed may be told of before this returns.
      const unsubscribe = queue.subscribe((event) => {
        if (left <= 0) return;
        left -= 1;
        writeOut(`${context.json ? JSON.stringify(event) : eventLine(event)}\n`);
        if (left <= 0) resolve();
      }, after);
      ends.push(unsubscribe);
      void context.untilStopped().then((exitCode) => {
        context.exitCode = exitCode;
        resolve();
      });
    });
  } finally {
    for (const end of ends) end();
  }
}

/** The id of an event, as `sparkq events` prints it. */
function parseEventId(text: string): string {
  if (!/^\d{1,15}-\d{1,15}$/.test(text))
    throw new InvalidArgumentError('It must be the id of an event, such as 3-17.');
  return text;
}

/** Time, what happened, and to what. */
function eventLine(event: QueueEvent): string {
  const { task, stream, session } = event;
  const name = task
    ? [task.id, task.tool_name, task.label ?? '']
    : [stream?.name ?? session?.name ?? event.task_id ?? ''];
  return [event.at.slice(0, 19), event.type.padEnd(16), ...name].join(' ').trimEnd();
}
