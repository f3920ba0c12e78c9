/**
 * What setup has changed in the files of agents, so that removing changes it back: kept in the user folder, a file for
 * each. It contains nothing of what others wrote but what our entry replaced.
 */

import { createHash } from 'node:crypto';
import * as path from 'node:path';
import { makeFolder } from '../system/folders';
import { readJson, removeFileIf, replaceFile } from '../system/wholeFiles';
import type { AgentName } from './agentNames';
import { commonStart } from './changeText';

export interface SetupRecord {
  file: string;
  /** Whose entry it is. */
  agents: readonly AgentName[];
  /** How many parts of the path to the entry were there before. */
  kept: number;
  /** Whether setup made the file, and which folders. */
  made: { file: boolean; folders: readonly string[] };
  /** How to get the text before back; null if others had changed it in between. */
  undo: Undo | null;
}

/** Counts only for the text with this checksum: the `length` characters at `offset` were `content`. */
interface Undo {
  sha256: string;
  offset: number;
  length: number;
  content: string;
}

export class SetupRecords {
  private readonly folder: string;

  /** @param home the user folder */
  constructor(home: string) {
    this.folder = path.join(home, 'agents');
  }

  /** Null for a file that nobody has set up, or that somebody has removed. */
  read(file: string): SetupRecord | null {
    return readJson<SetupRecord>(this.nameOf(file));
  }

  write(record: SetupRecord): void {
    makeFolder(this.folder);
    replaceFile(this.nameOf(record.file), `${JSON.stringify(record, null, 2)}\n`, true);
  }

  forget(file: string): void {
    removeFileIf(this.nameOf(file), () => true);
  }

  private nameOf(file: string): string {
    return path.join(this.folder, `${sha256(file)}.json`);
  }
}

export function undoOf(before: string, after: string): Undo {
  const offset = commonStart<string>(before, after);
  const [restBefore, restAfter] = [before.slice(offset), after.slice(offset)];
  const tail = commonStart<string>(reversed(restBefore), reversed(restAfter));
  return {
    sha256: sha256(after),
    offset,
    length: restAfter.length - tail,
    content: restBefore.slice(0, restBefore.length - tail),
  };
}

/** The text before; undefined if the text is not the one that setup left. */
export function undone(text: string, { undo }: SetupRecord): string | undefined {
  if (undo === null || undo.sha256 !== sha256(text)) return undefined;
  return text.slice(0, undo.offset) + undo.content + text.slice(undo.offset + undo.length);
}

/** Units of UTF-16, not characters: halves of one are put together again by `undone`. */
function reversed(text: string): string[] {
  return text.split('').reverse();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
