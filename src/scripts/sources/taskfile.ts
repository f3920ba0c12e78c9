/** Reads the tasks of a Taskfile. Those of included files are not found. Pure. */

import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import type { Blank, Reading, SourceFile } from './namedCommand';
import { ReadingBuilder } from './readingBuilder';

export function readTaskfile(file: SourceFile): Reading {
  const found = new ReadingBuilder('task', file);
  const lines = new LineCounter();
  const document = parseDocument(file.text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' });
  const [error] = document.errors;
  if (error) {
    found.note('unreadable', lines.linePos(error.pos[0]).line);
    return found;
  }
  const reader = new TaskfileReader(document, lines, found);
  reader.read();
  return found;
}

class TaskfileReader {
  constructor(
    private readonly document: Document.Parsed,
    private readonly lines: LineCounter,
    private readonly found: ReadingBuilder,
  ) {}

  read(): void {
    const { contents } = this.document;
    if (!isMap(contents)) return;
    for (const { name, line } of this.entries(this.at(contents, 'includes'))) {
      this.found.note('included', line, { name });
    }
    for (const { name, line, value } of this.entries(this.at(contents, 'tasks'))) {
      if (/[*{}]/.test(name)) this.found.note('computed', line, { name });
      else this.readTask(name, line, value);
    }
  }

  private readTask(name: string, line_number: number, value: unknown): void {
    const task = isMap(value) ? value : null;
    if (task && this.plain(task, 'internal') === true) return;
    const blanks = task ? this.required(this.at(task, 'requires')) : [];
    const description = task ? (this.plain(task, 'desc') ?? this.plain(task, 'summary')) : null;
    this.found.add({
      name,
      line_number,
      description: typeof description === 'string' ? description : null,
      command: {
        argv: ['task', name, ...blanks.map(({ placeholder }) => `${nameIn(placeholder)}=${placeholder}`)],
      },
      blanks,
    });
  }

  /** The variables without which a task refuses to run: `requires: {vars: [NAME, {name: NAME, enum: [...]}]}`. */
  private required(requires: unknown): Blank[] {
    const vars = isMap(requires) ? this.at(requires, 'vars') : null;
    return (isSeq(vars) ? vars.items : []).flatMap((item) => {
      const node = this.resolved(item);
      const name = isMap(node) ? this.plain(node, 'name') : isScalar(node) ? node.value : null;
      if (typeof name !== 'string') return [];
      const values = isMap(node) ? this.at(node, 'enum') : null;
      const choices = isSeq(values)
        ? values.items.flatMap((one) => {
            const choice = this.resolved(one);
            return isScalar(choice) ? [{ value: String(choice.value), label: String(choice.value) }] : [];
          })
        : null;
      return [{ placeholder: `\${${name}}`, fact: null, description: name, fallback: null, choices }];
    });
  }

  private entries(node: unknown): { name: string; line: number; value: unknown }[] {
    if (!isMap(node)) return [];
    return node.items.flatMap(({ key, value }) => {
      if (!isScalar(key)) return [];
      const line = this.lines.linePos(key.range?.[0] ?? 0).line;
      return [{ name: String(key.value), line, value: this.resolved(value) }];
    });
  }

  private at(map: YAMLMap, key: string): unknown {
    return this.resolved(map.get(key, true));
  }

  private plain(map: YAMLMap, key: string): unknown {
    const node = this.at(map, key);
    return isScalar(node) ? node.value : null;
  }

  private resolved(node: unknown): unknown {
    return isAlias(node) ? (node.resolve(this.document) as Node | undefined) : node;
  }
}

function nameIn(placeholder: string): string {
  return placeholder.slice(2, -1);
}
