/** Parses the text of `sparkq.yml` into a configuration and its problems, with their positions. */

import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
import type { core } from 'zod';
import { type Config, type ConfigProblem, defaultConfig, toolOf } from '../core/config';
import { messageOf, QueueError } from '../core/errors';
import { takenByAgents, untakenKeys } from './agentTools';
import { commandLineHint } from './commandLine';
import { takesPrompts } from './plainCommand';
import { resolveConfig } from './resolve';
import { type FileContent, type FileSchedule, type FileTool, fileSchema } from './schema';
import { checkTimes } from './timetable';

export interface ParsedConfig {
  /** Null if the file cannot be used. */
  config: Config | null;
  /** What of the file is in effect, for the `last` of the next one. */
  content: unknown;
  /** In file order. */
  problems: ConfigProblem[];
}

type Path = readonly PropertyKey[];
type Code = ConfigProblem['code'];

const severities: Readonly<Record<Code, ConfigProblem['severity']>> = {
  file: 'error',
  value: 'warning',
  unknown_key: 'warning',
  unused_key: 'notice',
  hint: 'notice',
};

/** A rule across keys that does not hold: these keys are not used. */
interface Conflict {
  message: string;
  /** Where it is reported. */
  path: Path;
  keys: readonly Path[];
  /** Whether the last values of the keys stay in effect. */
  keepsLast: boolean;
}

/** Replacements for messages in which the YAML parser names its own functions. */
const syntaxMessages: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'The key is given twice.',
  MULTIPLE_DOCS: 'The file contains more than one YAML document.',
};

/**
 * A key with a wrong value keeps its value of `last`, else it is ignored, so that its default applies.
 * @param last the content in effect so far
 */
export function parseConfig(text: string, last: unknown = {}): ParsedConfig {
  const reader = new ConfigReader(text, last);
  const parsed = reader.read();
  reader.problems.sort((a, b) => a.line - b.line || a.column - b.column);
  return { ...parsed, problems: reader.problems };
}

class ConfigReader {
  readonly problems: ConfigProblem[] = [];
  private readonly lines = new LineCounter();
  private readonly document: Document.Parsed;

  constructor(
    text: string,
    private readonly last: unknown,
  ) {
    this.document = parseDocument(text, { lineCounter: this.lines, prettyErrors: false });
  }

  read(): Omit<ParsedConfig, 'problems'> {
    const unusable = { config: null, content: {} };
    const { errors, warnings } = this.document;
    for (const { message, pos } of warnings) this.report('hint', sentence(message), pos);
    for (const { code, message, pos } of errors) {
      this.report('file', syntaxMessages[code] ?? sentence(message), pos);
    }
    if (errors.length > 0) return unusable;
    keepSourceOfTexts(this.document);
    const value = this.plainValue();
    const content = value === undefined ? null : this.validate(value);
    if (content === null) return unusable;
    this.hint(content);
    return { config: resolveConfig(content), content: value };
  }

  /** Takes everything out of `value` that is not valid. Null if nothing is. */
  private validate(value: unknown): FileContent | null {
    const { success, data, error } = fileSchema.safeParse(value);
    if (success) {
      const conflicts = conflictsIn(data);
      for (const conflict of conflicts) this.settle(value, conflict);
      return conflicts.length === 0 ? data : this.validate(value);
    }
    for (const issue of error.issues) {
      if (issue.code === 'unrecognized_keys') this.dropUnknown(value, issue);
      else if (issue.path.length > 0) this.replaceWrong(value, issue);
      else {
        this.report('file', `The file ${issue.message}.`, this.valueRange([]));
        return null;
      }
    }
    return this.validate(value);
  }

  /** The file as plain values; undefined if it has none (reported). An empty file is an empty mapping. */
  private plainValue(): unknown {
    try {
      return unshared(this.document.toJS() ?? {});
    } catch (error) {
      this.report('file', sentence(messageOf(error)), [0, 0]);
      return undefined;
    }
  }

  /** An unknown key is likely a typo, but must not stop the queue. */
  private dropUnknown(value: unknown, issue: core.$ZodIssueUnrecognizedKeys): void {
    for (const name of issue.keys) {
      const path = [...issue.path, name];
      replace(value, path, undefined);
      this.report('unknown_key', `The key ${label(path)} is unknown and ignored.`, this.keyRange(path));
    }
  }

  private replaceWrong(value: unknown, issue: core.$ZodIssue): void {
    const message = issue.code === 'invalid_key' ? 'has an empty name' : issue.message;
    // Of a list with a wrong item, the whole list is not used.
    const item = issue.path.findIndex((step) => typeof step === 'number');
    const key = item < 0 ? issue.path : issue.path.slice(0, item);
    const path = issue.path;
    const keepsLast = issue.code !== 'invalid_key';
    this.settle(value, { message: `${label(path)} ${message}.`, path, keys: [key], keepsLast });
  }

  private settle(value: unknown, { message, path, keys, keepsLast }: Conflict): void {
    const before = keys.map((key) => (keepsLast ? at(this.last, key) : undefined));
    for (const [index, key] of keys.entries()) replace(value, key, before[index] ?? safeDefault(key));
    const kept = before.some((one) => one !== undefined && one !== null);
    const instead = kept
      ? 'The last valid value stays in effect.'
      : keys.every((key) => safeDefault(key) === undefined)
        ? 'It is ignored.'
        : keys.some(([section]) => section === 'database')
          ? 'The queue is not opened until then.'
          : 'It allows none until then.';
    this.report('value', `${message} ${instead}`, this.valueRange(path));
  }

  /** What is valid, but without effect or likely not what was meant. */
  private hint({ database, tools, hooks }: FileContent): void {
    for (const name of ['path', 'mode'] as const) {
      if (database?.[name] === undefined) continue;
      this.report(
        'unused_key',
        `database.${name} is accepted but ignored: SparkQ chooses where and how its files are stored.`,
        this.keyRange(['database', name]),
      );
    }
    for (const [name, tool] of Object.entries(tools ?? {})) {
      if (!tool?.shell) this.hintAtLine(['tools', name, 'command'], tool?.command);
      this.hintAtUntaken(name, tool ?? {});
    }
    for (const [name, command] of Object.entries(hooks ?? {}))
      this.hintAtLine(['hooks', name], command, '[sh, -c, LINE] for a shell');
  }

  private hintAtUntaken(name: string, tool: FileTool): void {
    if (!tool.agent) return;
    for (const key of untakenKeys(tool.agent)) {
      const path = ['tools', name, key];
      if (!tool[key]) continue;
      const sentence = `${label(path)} is ignored: ${takenByAgents[tool.agent].title} takes no such limit.`;
      this.report('unused_key', sentence, this.keyRange(path));
    }
  }

  private hintAtLine(path: Path, command: unknown, forShell?: string): void {
    const instead = typeof command === 'string' ? commandLineHint(command, forShell) : null;
    if (instead === null) return;
    this.report('hint', `${label(path)} is the name of one program. ${instead}`, this.valueRange(path));
  }

  private report(code: Code, message: string, [from, to]: readonly [number, number]): void {
    const start = this.lines.linePos(from);
    const end = this.lines.linePos(Math.max(from, to));
    // Positions in an empty text are 0.
    this.problems.push({
      severity: severities[code],
      code,
      message,
      line: Math.max(1, start.line),
      column: Math.max(1, start.col),
      endLine: Math.max(1, end.line),
      endColumn: Math.max(1, end.col),
    });
  }

  /** The range of a value, or of the nearest node around it that has one. */
  private valueRange(path: Path): [number, number] {
    let range: [number, number] = [0, 0];
    let node: unknown = this.document.contents;
    for (const step of [...path, undefined]) {
      const found = rangeOf(node);
      if (found) range = found;
      if (step === undefined) break;
      node = this.childOf(node, step);
    }
    return range;
  }

  private keyRange(path: Path): [number, number] {
    let holder: unknown = this.document.contents;
    for (const step of path.slice(0, -1)) holder = this.childOf(holder, step);
    const pair = isMap(holder) ? pairOf(holder, path[path.length - 1]) : undefined;
    return rangeOf(pair?.key) ?? this.valueRange(path);
  }

  private childOf(node: unknown, step: PropertyKey): unknown {
    const holder = isAlias(node) ? node.resolve(this.document) : node;
    if (isMap(holder)) return pairOf(holder, step)?.value;
    return isSeq(holder) ? holder.items[Number(step)] : undefined;
  }
}

/** Rules across several keys. */
function conflictsIn(content: FileContent): Conflict[] {
  const { runner, tools, schedules, agents } = content;
  const conflicts: Conflict[] = [];
  const wait = runner?.backoff_ms ?? defaultConfig.runner.backoff_ms;
  const longest = runner?.backoff_max_ms ?? defaultConfig.runner.backoff_max_ms;
  if (wait > longest) {
    const name = typeof runner?.backoff_max_ms === 'number' ? 'backoff_max_ms' : 'backoff_ms';
    conflicts.push({
      message: 'runner.backoff_max_ms must not be less than runner.backoff_ms.',
      path: ['runner', name],
      keys: [
        ['runner', 'backoff_ms'],
        ['runner', 'backoff_max_ms'],
      ],
      keepsLast: true,
    });
  }
  conflicts.push(...conflictsInTools(tools));
  for (const [name, schedule] of Object.entries(schedules ?? {})) {
    const problem = schedule && problemOfSchedule(schedule);
    if (!problem) continue;
    const path = ['schedules', name];
    const place = problem.key ? [...path, problem.key] : path;
    conflicts.push({
      message: `${label(path)} ${problem.says}.`,
      path: place,
      keys: [path],
      keepsLast: true,
    });
  }
  const problem = agents?.default ? problemOfDefault(content, agents.default) : null;
  if (problem !== null) {
    const path = ['agents', 'default'];
    const message = `${label(path)} is ${agents?.default}, which ${problem}.`;
    conflicts.push({ message, path, keys: [path], keepsLast: false });
  }
  return conflicts;
}

function conflictsInTools(tools: FileContent['tools']): Conflict[] {
  return Object.entries(tools ?? {}).flatMap(([name, tool]) => {
    const of = (key: string) => ['tools', name, key];
    if (tool?.agent && tool.command) {
      const message = `${label(of('agent'))} makes the command of each run: the tool must have no command of its own.`;
      return [{ message, path: of('agent'), keys: [of('agent')], keepsLast: false }];
    }
    const builtIn = Object.hasOwn(defaultConfig.tools, name) ? defaultConfig.tools[name]?.command : null;
    const command = tool?.command === undefined ? builtIn : tool.command;
    if (!tool?.args?.length || command || tool.agent) return [];
    const path = of('args');
    return [{ message: `${label(path)} needs a command.`, path, keys: [path], keepsLast: false }];
  });
}

/** What is wrong with the tool of prompts that agents queue with none. */
function problemOfDefault(content: FileContent, name: string): string | null {
  const tool = toolOf(resolveConfig(content), name);
  if (tool === undefined) return 'no tool is called';
  return takesPrompts(tool) ? null : 'takes no prompt';
}

/** What is wrong with a schedule as a whole; without it, nothing is queued at its times. */
function problemOfSchedule(schedule: FileSchedule): { key?: 'cron' | 'tz'; says: string } | null {
  const { cron, tz, command, script, prompt, tool, args } = schedule;
  if (!cron) return { says: 'needs a cron' };
  if ([command, script, prompt].filter(Boolean).length !== 1)
    return { says: 'needs one of command, script and prompt' };
  if (prompt && !tool) return { says: 'needs a tool for its prompt' };
  if (command && tool) return { says: 'has a tool, which a command does not need' };
  if (args?.length && !script)
    return { says: 'has args, which only a script has: they belong to the command' };
  const inCron = timesProblem(cron, 'UTC');
  if (inCron !== null) return { key: 'cron', says: `cannot be used: ${inCron}` };
  const inZone = tz ? timesProblem(cron, tz) : null;
  return inZone === null ? null : { key: 'tz', says: `cannot be used: ${inZone}` };
}

function timesProblem(cron: string, zone: string): string | null {
  try {
    checkTimes(cron, zone, Date.now());
    return null;
  } catch (error) {
    if (!QueueError.is(error)) throw error;
    return error.message;
  }
}

/** Instead of a wrong value that must not become the default: a tool that was to inherit only some variables does not inherit all of them. */
function safeDefault(path: Path): unknown {
  if (path[0] === 'tools' && path[2] === 'env_allow') return [];
  // A queue that is to be on a server is not looked for in files, nor in another schema.
  const [section, name] = path;
  if (section !== 'database' || !['url', 'schema', undefined].includes(name as string | undefined))
    return undefined;
  return name === undefined ? { url: '' } : '';
}

/** The value without aliases, so that a change in one place leaves the others alone. A cycle becomes a text. */
function unshared(value: unknown, ...above: readonly unknown[]): unknown {
  if (typeof value === 'object' && above.includes(value)) return 'itself';
  const inside = (inner: unknown) => unshared(inner, value, ...above);
  if (Array.isArray(value)) return value.map(inside);
  // Other objects, such as sets, are no values of any key.
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, inside(inner)]));
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (holder, step) => (isHolder(holder) && Object.hasOwn(holder, step) ? holder[step] : undefined),
    value,
  );
}

/** Sets a key, or removes it if there is no value for it. */
function replace(value: unknown, path: Path, next: unknown): void {
  const holder = at(value, path.slice(0, -1));
  const name = path[path.length - 1];
  if (!isHolder(holder) || name === undefined) return;
  if (next === undefined) delete holder[name];
  else holder[name] = unshared(next);
}

function isHolder(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Where text is expected, an unquoted `1.10` or `007` stays as written. */
function keepSourceOfTexts(document: Document.Parsed): void {
  const hooks = document.get('hooks');
  const inside = (section: unknown) =>
    isMap(section)
      ? section.items.flatMap(({ value }) =>
          ['env', 'command', 'args'].map((name) => (isMap(value) ? value.get(name, true) : undefined)),
        )
      : [];
  const inTools = [document.get('tools'), document.get('schedules')].flatMap(inside);
  const inHooks = isMap(hooks) ? hooks.items.map(({ value }) => value) : [];
  for (const node of [...inTools, ...inHooks]) if (isNode(node)) keepSource(node);
}

function keepSource(node: Node): void {
  visit(node, {
    Scalar(key, scalar) {
      if (key === 'key' || scalar.source === undefined || scalar.value === null) return;
      scalar.value = scalar.source;
    },
  });
}

function pairOf(map: YAMLMap, name: PropertyKey | undefined): Pair | undefined {
  return map.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(name));
}

function rangeOf(node: unknown): [number, number] | undefined {
  const range = (node as { range?: [number, number, number] | null } | undefined | null)?.range;
  return range ? [range[0], range[1]] : undefined;
}

/** A path for messages: `tools.run-bash.args[0]`. */
function label(path: Path): string {
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`,
    )
    .join('');
}

function sentence(message: string): string {
  const line = message.replace(/\s+/g, ' ').trim();
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
