/** Parses the text of `sparkq.yml` into a configuration and its problems, with their positions. */

import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
import type { core } from 'zod';
import { type Config, type ConfigProblem, defaultConfig } from '../core/config';
import { messageOf } from '../core/errors';
import { resolveConfig } from './resolve';
import { type FileContent, fileSchema } from './schema';

export interface ParsedConfig {
  /** Null if there is an error. */
  config: Config | null;
  /** In file order. */
  problems: ConfigProblem[];
}

type Path = readonly PropertyKey[];
type Severity = ConfigProblem['severity'];

/** Replacements for messages in which the YAML parser names its own functions. */
const syntaxMessages: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'The key is given twice.',
  MULTIPLE_DOCS: 'The file contains more than one YAML document.',
};

export function parseConfig(text: string): ParsedConfig {
  const reader = new ConfigReader(text);
  const config = reader.read();
  reader.problems.sort((a, b) => a.line - b.line || a.column - b.column);
  return { config, problems: reader.problems };
}

class ConfigReader {
  readonly problems: ConfigProblem[] = [];
  private readonly lines = new LineCounter();
  private readonly document: Document.Parsed;

  constructor(text: string) {
    this.document = parseDocument(text, { lineCounter: this.lines, prettyErrors: false });
  }

  read(): Config | null {
    const { errors, warnings } = this.document;
    for (const { message, pos } of warnings) this.report('warning', sentence(message), pos);
    for (const { code, message, pos } of errors) {
      this.report('error', syntaxMessages[code] ?? sentence(message), pos);
    }
    if (errors.length > 0) return null;
    keepSourceOfTexts(this.document);
    const content = this.validate();
    if (content === null) return null;
    this.check(content);
    return this.problems.some(({ severity }) => severity === 'error') ? null : resolveConfig(content);
  }

  private validate(): FileContent | null {
    const value = this.plainValue();
    if (value === undefined) return null;
    const first = fileSchema.safeParse(value);
    if (first.success) return first.data;
    for (const issue of first.error.issues) {
      if (issue.code === 'unrecognized_keys') this.dropUnknown(value, issue);
    }
    const second = fileSchema.safeParse(value);
    if (second.success) return second.data;
    for (const issue of second.error.issues) this.reportIssue(issue);
    return null;
  }

  /** The file as plain values; undefined if it has none (reported). An empty file is an empty mapping. */
  private plainValue(): unknown {
    try {
      return this.document.toJS() ?? {};
    } catch (error) {
      this.report('error', sentence(messageOf(error)), [0, 0]);
      return undefined;
    }
  }

  /** An unknown key is likely a typo, but must not stop the queue. */
  private dropUnknown(value: unknown, issue: core.$ZodIssueUnrecognizedKeys): void {
    const holder = issue.path.reduce<unknown>(
      (at, step) => (at as Record<PropertyKey, unknown>)[step],
      value,
    );
    for (const name of issue.keys) {
      delete (holder as Record<string, unknown>)[name];
      const path = [...issue.path, name];
      this.report('warning', `The key ${label(path)} is unknown and ignored.`, this.keyRange(path));
    }
  }

  private reportIssue(issue: core.$ZodIssue): void {
    const name = issue.path.length === 0 ? 'The file' : label(issue.path);
    const message = issue.code === 'invalid_key' ? 'has an empty name' : issue.message;
    this.report('error', `${name} ${message}.`, this.valueRange(issue.path));
  }

  /** Rules across several keys. */
  private check({ database, runner, tools }: FileContent): void {
    for (const name of ['path', 'mode'] as const) {
      if (database?.[name] === undefined) continue;
      this.report(
        'notice',
        `database.${name} is accepted but ignored: SparkQ chooses where and how its files are stored.`,
        this.keyRange(['database', name]),
      );
    }
    const wait = runner?.backoff_ms ?? defaultConfig.runner.backoff_ms;
    const longest = runner?.backoff_max_ms ?? defaultConfig.runner.backoff_max_ms;
    if (wait > longest) {
      const path = ['runner', typeof runner?.backoff_max_ms === 'number' ? 'backoff_max_ms' : 'backoff_ms'];
      this.report(
        'error',
        'runner.backoff_max_ms must not be less than runner.backoff_ms.',
        this.valueRange(path),
      );
    }
    for (const [name, tool] of Object.entries(tools ?? {})) {
      const builtIn = Object.hasOwn(defaultConfig.tools, name) ? defaultConfig.tools[name]?.command : null;
      const command = tool?.command === undefined ? builtIn : tool.command;
      if (tool?.args?.length && !command) {
        this.report(
          'error',
          `${label(['tools', name, 'args'])} needs a command.`,
          this.keyRange(['tools', name, 'args']),
        );
      }
    }
  }

  private report(severity: Severity, message: string, [from, to]: readonly [number, number]): void {
    const start = this.lines.linePos(from);
    const end = this.lines.linePos(Math.max(from, to));
    // Positions in an empty text are 0.
    this.problems.push({
      severity,
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

/** Where text is expected, an unquoted `1.10` or `007` stays as written. */
function keepSourceOfTexts(document: Document.Parsed): void {
  const tools = document.get('tools');
  if (!isMap(tools)) return;
  for (const { value } of tools.items) {
    for (const name of ['env', 'command', 'args'] as const) {
      const node = isMap(value) ? value.get(name, true) : undefined;
      if (!node) continue;
      visit(node, {
        Scalar(key, scalar) {
          if (key === 'key' || scalar.source === undefined || scalar.value === null) return;
          scalar.value = scalar.source;
        },
      });
    }
  }
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
