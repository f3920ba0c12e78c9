/** `sparkq events`: each change of the queue as it happens. */

import { type Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { RemoteQueue } from '../../../client/remote/remoteQueue';
import { QueueError } from '../../../core/errors';
import type { QueueEvent, Unsubscribe } from '../../../core/events';
import { parseExact } from '../../../core/exactJson';
import { oneLine } from '../../../core/plainText';
import type { Queue } from '../../../core/queue';
import { localText } from '../../../core/times';
import type { CommandContext } from '../../context';
import { example, wholeFrom } from '../../terminal/options';
import { writeJson, writeOut } from '../../terminal/streams';

export function addEvents(program: Command, context: CommandContext): void {
  program
    .command('events')
    .description(
      'print each change of the queue as it happens, until Ctrl+C; with --json one object per line',
    )
    .option('--after <id>', 'start after this event', parseEventId)
    .option('--count <number>', 'exit after this many', wholeFrom('count', 1))
    .addHelpText('after', example('sparkq events', 'sparkq events --json --count 1'))
    .action(({ after, count }) =>
      context.withQueue((queue) => follow(queue, context, after, count), { role: 'events', serve: true }),
    );
}

async function follow(
  queue: Queue,
  context: CommandContext,
  after: string | undefined,
  count = Number.POSITIVE_INFINITY,
): Promise<void> {
  // Fails now if the owner cannot be reached or refuses the token: a subscription would wait for it forever.
  await queue.status();
  let left = count;
  if (left <= 0) return;
  const ends: Unsubscribe[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      // An absent owner may come back; one that refuses will not change its mind.
      if (queue instanceof RemoteQueue) {
        ends.push(queue.onDisconnect((error) => !QueueError.is(error, 'unavailable') && reject(error)));
      }
      // Missed events may be delivered before this returns.
      const unsubscribe = queue.subscribe((event) => {
        if (left <= 0) return;
        left -= 1;
        if (context.json) writeJson(eventJson(event), 0);
        else writeOut(`${eventLine(event)}\n`);
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

/** The event with the numbers of its task's payload digit for digit. */
function eventJson(event: QueueEvent): QueueEvent {
  const { task } = event;
  if (!task || task.payload_json === null) return event;
  return { ...event, task: { ...task, payload_json: parseExact(task.payload) } };
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
  return oneLine([localText(event.at), event.type.padEnd(16), ...name].join(' ').trimEnd());
}
