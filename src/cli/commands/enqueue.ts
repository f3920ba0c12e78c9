/** `sparkq enqueue`: puts a prompt, a script or any payload into a stream. */

import fs from 'node:fs';
import path from 'node:path';
import { type Command, Option } from 'commander';
import { isId } from '../../core/ids';
import { type AfterPolicy, afterPolicies, classTimeouts, type GitFacts, type Task } from '../../core/model';
import type { NewTask, Queue } from '../../core/queue';
import type { ScriptTask } from '../../scripts/payload';
import { type CommandContext, taskJson } from '../context';
import { example } from '../help';
import { notFound, required, wrongState } from '../terminal/errors';
import { readStdin } from '../terminal/streams';
import {
  isObject,
  oneOf,
  parseInstant,
  parseInteger,
  parseJson,
  parseNumber,
  parsePayload,
} from '../terminal/values';

interface EnqueueOptions {
  stream: string;
  tool?: string;
  taskClass?: string;
  timeout?: number;
  promptFile?: string;
  metadata?: string;
  prompt?: string;
  script?: string[];
  payload?: string;
  label?: string;
  notBefore?: string;
  after?: string[];
  afterPolicy?: string;
  maxAttempts?: number;
  key?: string;
}

export function addEnqueueCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('enqueue')
    .description('put a task at the end of a stream')
    .argument('[args...]', 'after --: further arguments of the script, also those that begin with a dash')
    .requiredOption('-s, --stream <stream>', 'name or id')
    .option('-t, --tool <tool>', 'what does the work; a script names its own')
    .option(
      '--task-class <class>',
      `gives the default timeout: ${Object.keys(classTimeouts).join(', ')}; the tool's by default`,
    )
    .option('--timeout <seconds>', 'how long it may take', parseNumber)
    .addOption(
      new Option('-p, --prompt-file <path>', 'a file with the prompt').conflicts([
        'prompt',
        'script',
        'payload',
      ]),
    )
    .addOption(new Option('-m, --metadata <json>', 'goes into the payload').conflicts(['payload']))
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
    .option('--payload <json>', 'the whole payload, a JSON object')
    .option('--label <text>', 'what lists show')
    .option('--not-before <when>', 'a time, or a wait such as 10m')
    .option('--after <id>', 'wait until this task has finished; may be repeated', collect)
    .option('--after-policy <what>', `when that one fails: ${afterPolicies.join(', ')}`)
    .option('--max-attempts <count>', 'how often it may be tried', parseInteger)
    .option('--key <text>', 'the same key in the same stream gives the first task again')
    .addHelpText(
      'after',
      example(
        'sparkq enqueue --stream auth --tool llm-sonnet --prompt "Write the login tests"',
        'sparkq enqueue --stream auth --script scripts/build.sh release -- --fast',
      ),
    )
    .action(async (args: string[], given: EnqueueOptions) => {
      const options = { ...given };
      if (options.script === undefined && args.length > 0) {
        return command.error(`error: too many arguments: ${args.join(' ')} (they are for --script)`);
      }
      if (options.script === undefined && options.tool === undefined) {
        return command.error("error: required option '-t, --tool <tool>' not specified");
      }
      // Before the queue is opened: whoever types takes their time.
      if (options.prompt === '-') options.prompt = await readStdin();
      const git = await context.gitFacts();
      return context.withQueue(async (queue) => {
        const { task, duplicate } = await enqueue(queue, context, options, args, git);
        const given = options.stream.trim();
        const name = isId(given) ? (await queue.getStream(given)).name : given;
        const again = duplicate ? ' before, under the same key' : '';
        context.answer(
          { ...taskJson(task), duplicate },
          `Task ${task.id} enqueued to stream '${name}'${again}`,
        );
      });
    });
}

function collect(value: string, before: string[] = []): string[] {
  return [
    ...before,
    ...value
      .split(',')
      .map((id) => id.trim())
      .filter((id) => id !== ''),
  ];
}

/**
 * Enqueues with one request; a class that is not built in takes another. Whatever is refused, the first reason is
 * reported in the order that programs know: stream, tool and class as given, then the stream and the tool as they are
 * in the queue, then what the files hold.
 */
async function enqueue(
  queue: Queue,
  context: CommandContext,
  options: EnqueueOptions,
  args: string[],
  git: GitFacts | undefined,
): Promise<{ task: Task; duplicate: boolean }> {
  const stream = required('Stream', options.stream, 'Try: sparkq stream list');
  const tool =
    options.tool === undefined ? undefined : required('Tool', options.tool, 'Try: sparkq tools list');
  const taskClass = options.taskClass === undefined ? undefined : await classOf(queue, options.taskClass);
  try {
    const input = await newTask(queue, context, { ...options, stream, tool, taskClass }, args);
    return await queue.enqueue({ ...input, git });
  } catch (error) {
    const { status } = await queue.getStream(stream);
    if (status === 'ended') throw wrongState('Enqueue', status, 'sparkq stream list --status active');
    if (tool !== undefined) await checkTool(queue, tool);
    throw error;
  }
}

async function newTask(
  queue: Queue,
  context: CommandContext,
  options: EnqueueOptions,
  args: string[],
): Promise<NewTask> {
  const script =
    options.script === undefined
      ? null
      : await taskOf(await context.workspaceOf(queue), options.script, args, options.tool);
  return {
    stream: options.stream,
    tool_name: script?.tool_name ?? options.tool ?? '',
    task_class: options.taskClass ?? script?.task_class,
    timeout: options.timeout ?? script?.timeout,
    payload: payloadOf(options, script),
    ...((options.label ?? script?.label) !== undefined && { label: options.label ?? script?.label }),
    ...(options.notBefore !== undefined && { not_before: parseInstant('not-before', options.notBefore) }),
    ...(options.after !== undefined && { after: options.after }),
    ...(options.afterPolicy !== undefined && { after_policy: policyOf(options.afterPolicy) }),
    ...(options.maxAttempts !== undefined && { max_attempts: options.maxAttempts }),
    ...(options.key !== undefined && { idempotency_key: required('Key', options.key) }),
    known_tool: true,
  };
}

/** The task of a script whose path is relative to the workspace, or to the current folder if that gives a file of it. */
async function taskOf(
  workspace: string,
  [file = '', ...before]: readonly string[],
  args: readonly string[],
  tool: string | undefined,
): Promise<ScriptTask> {
  const { readScript } = await import('../../scripts/scriptFile');
  const { leadsInside } = await import('../../scripts/paths');
  const { taskForScript } = await import('../../scripts/payload');
  const name = required('Script', file);
  const here = path.resolve(name);
  const script = await readScript(
    workspace,
    (await leadsInside(workspace, here)) ? fs.realpathSync(here) : name,
  );
  return taskForScript(script, [...before, ...args], tool ?? script.tool);
}

function policyOf(text: string): AfterPolicy {
  return oneOf('after-policy', text, afterPolicies);
}

/** One of the built-in classes, or one that the configuration adds. */
async function classOf(queue: Queue, text: string): Promise<string> {
  const builtIn = Object.keys(classTimeouts);
  if (builtIn.includes(text)) return text;
  const { config } = await queue.config();
  const configured =
    isObject(config) && isObject(config.task_classes) ? Object.keys(config.task_classes) : [];
  return oneOf('task_class', text, [...new Set([...builtIn, ...configured])]);
}

async function checkTool(queue: Queue, name: string): Promise<void> {
  const tools = await queue.listTools();
  if (tools.some((tool) => tool.name === name)) return;
  // The second name is what programs know from the original.
  throw notFound('Tool', name, 'List available: sparkq tools list (or: sparkq list tools)');
}

function payloadOf(options: EnqueueOptions, script: ScriptTask | null): Record<string, unknown> {
  if (options.payload !== undefined) return parsePayload(options.payload);
  const prompt = promptOf(options);
  const metadata =
    options.metadata === undefined
      ? undefined
      : parseJson('metadata', options.metadata, 'Provide valid JSON (e.g., \'{"key": "value"}\')');
  if (script !== null) return { ...script.payload, ...(metadata !== undefined && { metadata }) };
  return { prompt, metadata: metadata ?? {} };
}

function promptOf({ prompt, promptFile }: EnqueueOptions): string {
  if (prompt !== undefined) return prompt;
  if (promptFile === undefined) return '';
  if (!fs.statSync(promptFile, { throwIfNoEntry: false })?.isFile())
    throw notFound('Prompt file', promptFile);
  return fs.readFileSync(promptFile, 'utf8');
}
