/** Collects what a reader finds in one file. */

import { parentOf } from '../paths';
import type {
  Blank,
  ChainStep,
  Command,
  NamedCommand,
  Reading,
  SourceFile,
  SourceName,
  SourceNote,
  SourceNoteCode,
} from './namedCommand';

/** What a reader has to say of a named command; the rest follows from its file. */
export interface Found {
  name: string;
  line_number: number;
  command: Command;
  description?: string | null;
  folder?: string;
  env?: Record<string, string>;
  blanks?: Blank[];
  problem_matcher?: unknown[];
  chain?: ChainStep[];
}

export class ReadingBuilder implements Reading {
  readonly notes: SourceNote[] = [];
  private readonly found = new Map<string, NamedCommand>();

  constructor(
    private readonly source: SourceName,
    private readonly file: SourceFile,
  ) {}

  get commands(): NamedCommand[] {
    return [...this.found.values()];
  }

  /** A name that comes twice is listed once, where it came first. One that starts with `-` would be an option. */
  add(given: Found): void {
    const { name, description = null } = given;
    if (name === '' || name.startsWith('-') || /\p{Cc}/u.test(name)) return;
    const first = this.found.get(name);
    if (first === undefined) this.found.set(name, this.named(given));
    else first.description ??= lineOf(description);
  }

  /** The named command, which is not listed. */
  named({ description = null, folder, env = {}, blanks = [], ...rest }: Found): NamedCommand {
    return {
      source: this.source,
      path: this.file.path,
      description: lineOf(description),
      folder: folder ?? parentOf(this.file.path),
      env,
      blanks,
      ...rest,
    };
  }

  note(code: SourceNoteCode, line_number: number, values: SourceNote['values'] = {}): void {
    this.notes.push({ source: this.source, path: this.file.path, line_number, code, values });
  }
}

/** A description is shown in lists and terminals: one line, without control characters. */
function lineOf(text: string | null): string | null {
  return text?.replace(/[\p{Cc}\s]+/gu, ' ').trim() || null;
}
