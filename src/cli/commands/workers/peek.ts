/** `sparkq peek`. */

import type { Command } from '@commander-js/extra-typings';
import { cutText } from '../../../core/cutText';
import { taskJson } from '../../../core/exactJson';
import { oneLine } from '../../../core/plainText';
import { localText } from '../../../core/times';
import { type CommandContext, promptOf } from '../../context';
import { example, nonBlank } from '../../terminal/options';

export function addPeek(program: Command, context: CommandContext): void {
  program
    .command('peek')
    .description('show the task that claim would take, without taking it')
    .requiredOption('-s, --stream <stream>', 'name or id', nonBlank('Stream'))
    .addHelpText('after', example('sparkq peek --stream auth'))
    .action(({ stream: name }) =>
      context.withQueue(async (queue) => {
        const next = await queue.peek(name);
        if (next === null) return context.say('No queued tasks');
        const { task, stream } = next;
        const lines = [
          oneLine(`Task ${task.id}: ${task.tool_name} (task_class: ${task.task_class})`),
          `Queued: ${localText(task.created_at)}`,
        ];
        const prompt = promptOf(task);
        if (prompt !== '') lines.push(`Prompt: ${cutText(prompt, 100)}...`);
        context.answer({ ...taskJson(task), stream }, lines);
      }),
    );
}
