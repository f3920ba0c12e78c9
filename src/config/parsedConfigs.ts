/**
 * What the last text of a `sparkq.yml` was parsed to, kept in a file. Loading the YAML parser and the schema takes
 * longer than anything else that a single command does, and the text rarely changes.
 */

import { createHash } from 'node:crypto';
import path from 'node:path';
import { makeFolder } from '../system/folders';
import { readJson, replaceFile } from '../system/wholeFiles';
import type { ParsedConfig } from './parse';

/** One workspace's file. Losing it costs time only, so that no failure to read or write it matters. */
export class ParsedConfigs {
  private readonly file: string;

  /**
   * @param folder the caller's own: whoever can write there can say what a tool runs
   * @param build names the parser; what another build parsed is not used
   */
  constructor(
    private readonly folder: string,
    workspace: string,
    private readonly build: string,
  ) {
    this.file = path.join(folder, `${hash(workspace)}.json`);
  }

  /** What `text` was parsed to; null when that is not known. */
  find(text: string): ParsedConfig | null {
    try {
      const kept = readJson<{ key?: string; parsed: ParsedConfig }>(this.file);
      return kept?.key === this.key(text) ? kept.parsed : null;
    } catch {
      return null;
    }
  }

  /** Every value that the schema accepts is one of JSON. */
  keep(text: string, parsed: ParsedConfig): void {
    const kept = JSON.stringify({ key: this.key(text), parsed });
    try {
      makeFolder(this.folder);
      replaceFile(this.file, kept);
    } catch {
      // A full disk, or a folder that is read-only: the next command parses again.
    }
  }

  private key(text: string): string {
    return hash(`${this.build}\n${text}`);
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
