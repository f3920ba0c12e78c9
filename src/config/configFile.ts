/** `sparkq.yml` in the workspace folder. A file watcher calls `reload`; what is invalid in it changes nothing. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Config, type ConfigProblem, type ConfigSource, defaultConfig, isBroken } from '../core/config';
import { messageOf } from '../core/errors';
import type { Unsubscribe } from '../core/events';
import { Listeners } from '../core/listeners';
import type { Log } from '../core/log';
import { decodeText, saveAsUtf8 } from '../core/textBytes';
import { isErrno } from '../system/errno';
import { whenFree } from '../system/heldFiles';
import type { ParsedConfig } from './parse';
import type { ParsedConfigs } from './parsedConfigs';

export const configFileName = 'sparkq.yml';

export class ConfigFile implements ConfigSource {
  /** Absolute path; the file may not exist. */
  readonly file: string;
  private config: Config = defaultConfig;
  /** What of the file is in effect: where the next one is wrong, it stays. */
  private content: unknown;
  private found: readonly ConfigProblem[] = [];
  private readonly changes: Listeners;
  private reading: Promise<void> = Promise.resolve();

  private constructor(
    folder: string,
    private readonly log: Log,
    private readonly known: ParsedConfigs | null,
  ) {
    this.file = path.join(folder, configFileName);
    this.changes = new Listeners(log);
  }

  /**
   * Reads the file of a workspace folder. Where it is missing or invalid, the defaults apply.
   * @param known spares the parser where the first text read is known
   */
  static async open(folder: string, log: Log, known: ParsedConfigs | null = null): Promise<ConfigFile> {
    const file = new ConfigFile(folder, log, known);
    await file.reload();
    return file;
  }

  current(): Config {
    return this.config;
  }

  problems(): readonly string[] {
    const sentences = this.found.map(
      ({ line, column, message }) => `${configFileName}:${line}:${column}: ${message}`,
    );
    if (!isBroken(this.found)) return sentences;
    return [...sentences, `${configFileName} is not used: the last good configuration stays in force.`];
  }

  diagnostics(): readonly ConfigProblem[] {
    return this.found;
  }

  /** Reads the file again, after any read in progress. */
  reload(): Promise<void> {
    const again = () => this.read();
    this.reading = this.reading.then(again, again);
    return this.reading;
  }

  /** Calls back when the current configuration or its problems have changed. */
  onChange(listener: () => void): Unsubscribe {
    return this.changes.add(listener);
  }

  dispose(): void {
    this.changes.clear();
  }

  private async read(): Promise<void> {
    const { config, content, problems } = await this.parsed();
    const next = config ?? this.config;
    if (config) this.content = content;
    if (isDeepStrictEqual(next, this.config) && isDeepStrictEqual(problems, this.found)) return;
    this.config = next;
    this.found = problems;
    const grave = problems.some(({ severity }) => severity !== 'notice');
    for (const problem of this.problems()) grave ? this.log.warn(problem) : this.log.info(problem);
    this.changes.emit();
  }

  private async parsed(): Promise<ParsedConfig> {
    let bytes: Uint8Array;
    try {
      bytes = await whenFree(this.file, () => readFile(this.file));
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return { config: defaultConfig, content: {}, problems: [] };
      return unreadable(`The file cannot be read: ${messageOf(error)}.`);
    }
    const text = decodeText(bytes);
    if (text === null) return unreadable(`The file is not UTF-8 text. ${saveAsUtf8}`);
    // A key with a wrong value depends on what was in effect: only a first reading is the same every time.
    const known = this.content === undefined ? this.known : null;
    const before = known?.find(text);
    if (before) return before;
    const { parseConfig } = await import('./parse');
    const parsed = parseConfig(text, this.content);
    known?.keep(text, parsed);
    return parsed;
  }
}

function unreadable(message: string): ParsedConfig {
  const place = { line: 1, column: 1, endLine: 1, endColumn: 1 };
  return { config: null, content: {}, problems: [{ severity: 'error', code: 'file', message, ...place }] };
}
