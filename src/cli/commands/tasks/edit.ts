/** `sparkq edit`. */

import { type Command, Option } from '@commander-js/extra-typings';
import type { TaskPatch } from '../../../core/queue';
import type { CommandContext } from '../../context';
import {
  changedNeedsOption,
  changedVerifyOption,
  changedWorktreeOption,
  example,
  fallBackOption,
  given,
  instant,
  nonBlank,
  parseNumberOrNone,
  sampleId,
  taskArgument,
  timeoutOption,
} from '../../terminal/options';
import { readStdin } from '../../terminal/streams';

export function addEdit(program: Command, context: CommandContext): void {
  program
    .command('edit')
    .description('change a queued task')
    .addArgument(taskArgument)
    .addOption(new Option('--prompt <text>', 'the prompt, or - to read it from stdin').conflicts('payload'))
    .option('--payload <json>', 'the whole payload, a JSON object, or - to read it from stdin')
    .option('--label <text>', 'name shown in lists; empty for none')
    .addOption(timeoutOption)
    .option(
      '--kill-after <seconds>',
      'stopped after this, whatever the timeout; none for twice the timeout',
      parseNumberOrNone,
    )
    .option('-t, --tool <tool>', 'the tool that does the work', nonBlank('Tool'))
    .option('--not-before <when>', 'a time, or a delay such as 10m; empty for none', (text) =>
      text === '' ? '' : instant('not-before')(text),
    )
    .addOption(changedNeedsOption)
    .addOption(changedVerifyOption)
    .addOption(fallBackOption)
    .option('--no-fall-back', 'only its own tool runs it')
    .addOption(changedWorktreeOption)
    .addHelpText('after', example(`sparkq edit ${sampleId} --prompt "Write the login tests, in German"`))
    .action(async (id, options) => {
      const {
        prompt,
        payload,
        label,
        timeout,
        killAfter,
        tool,
        notBefore,
        needs,
        verify,
        fallBack,
        worktree,
      } = options;
      const change: TaskPatch = {
        prompt: prompt === '-' ? await readStdin() : prompt,
        payload: payload === '-' ? await readStdin() : payload,
        label: label === '' ? null : label,
        timeout,
        kill_after: killAfter === 'none' ? null : killAfter,
        tool_name: tool,
        not_before: notBefore === '' ? null : notBefore,
        needs,
        verify: verify === 'none' ? null : verify,
        fall_back: fallBack,
        worktree: worktree === 'default' ? null : worktree,
      };
      const patch = given(change, 'edit');
      await context.changeTask((queue) => queue.editTask(id, patch), 'changed');
    });
}
