/** `sparkq events`: each change of the queue as it comes. */

import type { Command } from 'commander';
import type { QueueEvent } from '../core/events';
import type { CommandContext } from './context';
import { example } from './help';
import { writeOut } from './terminal';
import { parseInteger } from './values';

interface EventsOptions {
  after?: string;
  count?: number;
}

export function addEventsCommand(program: Command, context: CommandContext): void {
  program
    .command('events')
    .description('print each change of the queue as it comes, until Ctrl-C; with --json one object a line')
    .option('--after <id>', 'begin just after this event')
    .option('--count <number>', 'end after this many', parseInteger)
    .addHelpText('after', example('sparkq events', 'sparkq events --json --count 1'))
    .action(({ after, count }: EventsOptions) =>
      context.withQueue(
        (queue) =>
          new Promise((resolve) => {
            let left = count ?? Number.POSITIVE_INFINITY;
            if (left <= 0) return resolve();
            const unsubscribe = queue.subscribe((event) => {
              if (left <= 0) return;
              left -= 1;
              writeOut(`${context.json ? JSON.stringify(event) : eventLine(event)}\n`);
              if (left > 0) return;
              unsubscribe();
              resolve();
            }, after);
            void context.untilStopped().then((exitCode) => {
              unsubscribe();
              context.exitCode = exitCode;
              resolve();
            });
          }),
        { role: 'events', serve: true },
      ),
    );
}

/** Time, what happened, and to what. */
function eventLine(event: QueueEvent): string {
  const { task, stream, session } = event;
  const name = task
    ? [task.id, task.tool_name, task.label ?? '']
    : [stream?.name ?? session?.name ?? event.task_id ?? ''];
  return [event.at.slice(0, 19), event.type.padEnd(16), ...name].join(' ').trimEnd();
}
