/** What a person has confirmed of the configuration of a workspace, kept in a file of the user folder. */

import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Unsubscribe } from '../core/events';
import { makeFolder } from '../system/folders';
import { watchFolder } from '../system/folderWatch';
import { createFile, readFileIfAny, replaceFile } from '../system/wholeFiles';
import type { Pins } from './pins';

export class Confirmations {
  private readonly folder: string;
  private readonly file: string;

  /**
   * @param home the user folder: whoever can write there can say what is confirmed
   * @param workspace real path of its folder
   */
  constructor(
    home: string,
    private readonly workspace: string,
  ) {
    this.folder = path.join(home, 'confirmed');
    this.file = path.join(this.folder, `${createHash('sha256').update(workspace).digest('hex')}.json`);
  }

  /** Null for a workspace that nobody has opened so far. Of a file that cannot be understood, nothing is confirmed. */
  read(): Pins | null {
    const text = readFileIfAny(this.file);
    return text === null ? null : pinsIn(text);
  }

  /** Keeps what is there when the workspace is first seen. False if another process was first: that one decides. */
  adopt(pins: Pins): boolean {
    makeFolder(this.folder);
    return createFile(this.file, this.textOf(pins));
  }

  /** What was confirmed before under other names stays: a branch of the repository may still have it. */
  confirm(pins: Pins): void {
    this.replace({ ...this.read(), ...pins });
  }

  /** From now on everything waits, until it is confirmed again. */
  revoke(): void {
    this.replace({});
  }

  /** Calls back after each change, by whichever process. Where the system reports none, nothing is noticed. */
  watch(onChange: () => void): Unsubscribe {
    makeFolder(this.folder);
    const name = path.basename(this.file);
    const watcher = watchFolder(this.folder, (changed) => {
      if (changed === null || changed === name) onChange();
    });
    return () => watcher?.close();
  }

  private replace(pins: Pins): void {
    makeFolder(this.folder);
    replaceFile(this.file, this.textOf(pins), true);
  }

  private textOf(pins: Pins): string {
    return `${JSON.stringify({ workspace: this.workspace, confirmed: pins }, null, 2)}\n`;
  }
}

function pinsIn(text: string): Pins {
  try {
    const { confirmed } = JSON.parse(text) as { confirmed?: unknown };
    return typeof confirmed === 'object' && confirmed !== null ? (confirmed as Pins) : {};
  } catch {
    return {};
  }
}
