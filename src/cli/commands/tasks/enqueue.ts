/** `sparkq enqueue`: puts a prompt, a script or any payload into a stream. */

import fs from 'node:fs';
import path from 'node:path';
import { type Command, Option } from '@commander-js/extra-typings';
import { withMember } from '../../../core/exactJson';
import { isId } from '../../../core/ids';
import { classTimeouts, type Task } from '../../../core/model';
import type { Queue } from '../../../core/queue';
import { fileNotFound, notFound, wrongState } from '../../../core/refusals';
import { textOfBytes } from '../../../core/textBytes';
import { requireText } from '../../../core/validation';
import type { ScriptTask } from '../../../scripts/scriptTask';
import { mainName, mainStream } from '../../../store/mainStream';
import { whenFreeSync } from '../../../system/heldFiles';
import type { CommandContext } from '../../context';
import {
  afterOption,
  afterPolicyOption,
  checkJson,
  example,
  fallBackOption,
  frontOption,
  keyOption,
  killAfterOption,
  labelOption,
  maxAttemptsOption,
  needsOption,
  notBeforeOption,
  timeoutOption,
  verifyOption,
  worktreeOption,
} from '../../terminal/options';
import { readStdin } from '../../terminal/streams';

interface PayloadOptions {
  prompt?: string;
  promptFile?: string;
  metadata?: string;
  payload?: string;
}

export function addEnqueue(program: Command, context: CommandContext): void {
  program
    .command('enqueue')
    .description('add a task to the end of a stream')
    .argument('[args...]', 'after --: more script arguments, including those that start with a dash')
    .option('-s, --stream <stream>', `name or id; by default ${mainName}, which is made where there is none`)
    .option('-t, --tool <tool>', 'the tool that does the work; a script implies one')
    .option(
      '--task-class <class>',
      `sets the default timeout: ${Object.keys(classTimeouts).join(', ')}, or any other; by default the tool's class`,
    )
    .addOption(timeoutOption)
    .addOption(killAfterOption)
    .addOption(
      new Option('-p, --prompt-file <path>', 'a file with the prompt').conflicts([
        'prompt',
        'script',
        'payload',
      ]),
    )
    .addOption(new Option('-m, --metadata <json>', 'JSON to add to the payload').conflicts('payload'))
    .addOption(
      new Option('--prompt <text>', 'the prompt, or - to read it from stdin').conflicts([
        'script',
        'payload',
      ]),
    )
    .addOption(
      new Option('--script <path-and-args...>', 'a script of the workspace and its arguments').conflicts(
        'payload',
      ),
    )
    .option('--payload <json>', 'the whole payload, a JSON object, or - to read it from stdin')
    .addOption(labelOption)
    .addOption(notBeforeOption)
    .addOption(afterOption)
    .addOption(afterPolicyOption)
    .addOption(maxAttemptsOption)
    .addOption(needsOption)
    .addOption(verifyOption)
    .addOption(fallBackOption)
    .addOption(worktreeOption)
    .addOption(frontOption)
    .addOption(keyOption)
    .addHelpText(
      'after',
      example(
        'sparkq enqueue --stream auth --tool llm-sonnet --prompt "Write the login tests"',
        'sparkq enqueue --stream auth --script scripts/build.sh release -- --fast',
      ),
    )
    .action(async (args, options, command) => {
      if (options.script === undefined && args.length > 0) {
        return command.error(`error: too many arguments: ${args.join(' ')} (they are for --script)`);
      }
      if (options.script === undefined && options.tool === undefined) {
        return command.error("error: required option '-t, --tool <tool>' not specified");
      }
      // Before the queue is opened: a person may take a while to type it.
      const prompt = options.prompt === '-' ? await readStdin() : options.prompt;
      const payload = options.payload === '-' ? await readStdin() : options.payload;
      const git = await context.gitFacts();
      return context.withQueue(async (queue) => {
        const stream =
          options.stream === undefined
            ? undefined
            : requireText('Stream', options.stream, 'Try: sparkq stream list');
        const tool =
          options.tool === undefined
            ? undefined
            : requireText('Tool', options.tool, 'Try: sparkq tools list');
        const enqueue = async () => {
          const script =
            options.script && (await taskOf(await context.findWorkspace(), options.script, args, tool));
          const whole = payloadOf({ ...options, prompt, payload }, script);
          // Made last, so that a refusal leaves none behind.
          if (stream === undefined) await checkTool(queue, tool);
          return queue.enqueue({
            stream: stream ?? (await mainStream(queue)).id,
            tool_name: script?.tool_name ?? tool ?? '',
            task_class: options.taskClass?.trim() ?? script?.task_class,
            timeout: options.timeout ?? script?.timeout,
            kill_after: options.killAfter ?? script?.kill_after,
            payload: whole,
            label: options.label ?? script?.label,
            not_before: options.notBefore,
            after: options.after,
            after_policy: options.afterPolicy,
            max_attempts: options.maxAttempts,
            needs: options.needs ?? script?.needs,
            verify: options.verify ?? script?.verify,
            fall_back: options.fallBack,
            worktree: options.worktree,
            front: options.front,
            idempotency_key: options.key,
            known_tool: true,
            git,
          });
        };
        // One request; programs know the order in which the stream, the tool and then the rest are refused.
        const { task, duplicate } = await enqueue().catch(async (error: unknown) => {
          if (stream !== undefined) await checkNames(queue, stream, tool);
          throw error;
        });
        const unnamed = stream === undefined || isId(stream);
        const name =
          unnamed && task.status !== undefined ? (await queue.getStream(task.stream_id)).name : stream;
        const said = `Task ${task.id} enqueued to stream '${name}'`;
        context.answerTask(
          task,
          (row) => (duplicate ? `${said} before, under the same key; ${presentState(row)}` : said),
          { duplicate },
        );
      });
    });
}

/** What has become of a task that was enqueued before: whoever repeats a key may wait in vain for it to run. */
export function presentState({ id, status, failure_kind: kind, finished_at: end, parked }: Task): string {
  const state = kind === null ? status : `${status} (${kind})`;
  if (end === null) return `it is ${parked ? 'parked' : state}`;
  return `it has ${state}, and runs again only with: sparkq requeue ${id}`;
}

/** The task of a script. Its path is relative to the current folder if that leads into the workspace, else to the workspace. */
async function taskOf(
  workspace: string,
  [file = '', ...before]: readonly string[],
  args: readonly string[],
  tool: string | undefined,
): Promise<ScriptTask> {
  const { readScript } = await import('../../../scripts/scriptFile');
  const { leadsInside } = await import('../../../scripts/paths');
  const { taskForScript } = await import('../../../scripts/scriptTask');
  const name = requireText('Script', file);
  const here = path.resolve(name);
  const script = await readScript(
    workspace,
    (await leadsInside(workspace, here)) ? fs.realpathSync.native(here) : name,
  );
  return taskForScript(script, [...before, ...args], tool ?? script.tool);
}

async function checkNames(queue: Queue, stream: string, tool: string | undefined): Promise<void> {
  const { status } = await queue.getStream(stream);
  if (status === 'ended') throw wrongState('Enqueue', status, 'sparkq stream list --status active');
  await checkTool(queue, tool);
}

async function checkTool(queue: Queue, tool: string | undefined): Promise<void> {
  if (tool === undefined) return;
  const tools = await queue.listTools();
  if (!tools.some(({ name }) => name === tool)) throw notFound('Tool', tool);
}

/** JSON text, in which what the caller gave stands as it was given. */
function payloadOf(options: PayloadOptions, script: ScriptTask | undefined): string {
  if (options.payload !== undefined) return options.payload;
  const payload = JSON.stringify(script?.payload ?? { prompt: promptOf(options), metadata: {} });
  if (options.metadata === undefined) return payload;
  return withMember(payload, 'metadata', checkJson('metadata', options.metadata));
}

function promptOf({ prompt, promptFile }: PayloadOptions): string {
  if (prompt !== undefined) return prompt;
  if (promptFile === undefined) return '';
  if (!fs.statSync(promptFile, { throwIfNoEntry: false })?.isFile())
    throw fileNotFound('Prompt file', promptFile);
  return textOfBytes(
    whenFreeSync(promptFile, () => fs.readFileSync(promptFile)),
    `The prompt file ${promptFile}`,
  );
}
