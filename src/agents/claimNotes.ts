/**
 * What agents have claimed and not finished yet: each `sparkq mcp` notes it in the user folder, so that a hook can tell
 * whether its own session has something open without asking any queue.
 */

import * as fs from 'node:fs';
import * as path from 'node:path';
import { randomHex } from '../core/ids';
import { makeFolder } from '../system/folders';
import { isAliveIn, type PidSpace, pidSpace, processStartTime } from '../system/processes';
import { createFile, readJson, replaceFile } from '../system/wholeFiles';

export interface NotedClaim {
  task: string;
  label: string | null;
  /** Null where the client names none: it is that of the process. */
  conversation: string | null;
}

/** What one process has open. */
interface Note extends Required<PidSpace> {
  pid: number;
  started: string | null;
  /** What started it. */
  parent: number;
  /** What the agent called its session when it started the process; null where it does not say. */
  session: string | null;
  claims: readonly NotedClaim[];
}

/** Of whom a hook is. */
export interface HookSession {
  /** As the agent calls it; null where it does not say. */
  session: string | null;
  /** Whether a process is above that of the hook. */
  isAbove(pid: number): boolean;
}

const noteEnd = '.json';
const toldEnd = '.told';

function folderIn(home: string): string {
  return path.join(home, 'claims');
}

/** The note of this process. */
export class ClaimNote {
  private readonly folder: string;
  private readonly name = `${process.pid}-${randomHex(4)}`;
  /** That which started it, whatever becomes of that one. */
  private readonly parent = process.ppid;
  private isThere = false;

  /**
   * @param home the user folder
   * @param session what the agent calls its session
   */
  constructor(
    home: string,
    private readonly session: string | null,
  ) {
    this.folder = folderIn(home);
  }

  /** Notes all that is open now; with nothing open, nothing is left. */
  write(claims: readonly NotedClaim[]): void {
    if (claims.length > 0) {
      makeFolder(this.folder);
      if (!this.isThere) livingNotes(this.folder);
      const { pid } = process;
      const note: Note = {
        ...pidSpace(),
        ...{ pid, started: processStartTime(pid), parent: this.parent, session: this.session, claims },
      };
      replaceFile(path.join(this.folder, this.name + noteEnd), `${JSON.stringify(note)}\n`);
      this.isThere = true;
    } else if (this.isThere) {
      removeFiles(this.folder, (file) => file === this.name + noteEnd);
    }
    const open = claims.map(({ task }) => toldName(this.name, task));
    removeFiles(
      this.folder,
      (file) => file.startsWith(`${this.name}.`) && file.endsWith(toldEnd) && !open.includes(file),
    );
  }
}

/**
 * What a session has open and has not been told of before. Whoever asks is to tell it: nobody is given it again.
 * @param home the user folder
 */
export function takeUntold(home: string, who: HookSession): NotedClaim[] {
  const folder = folderIn(home);
  return livingNotes(folder).flatMap(({ name, note }) =>
    note.claims.filter(
      (claim) => isOf(who, note, claim) && createFile(path.join(folder, toldName(name, claim.task)), ''),
    ),
  );
}

/** The notes of processes that are alive here; those of dead ones are removed. */
function livingNotes(folder: string): { name: string; note: Note }[] {
  return namesIn(folder).flatMap((file) => {
    const note = file.endsWith(noteEnd) ? readJson<Note>(path.join(folder, file)) : null;
    if (note === null) return [];
    const name = file.slice(0, -noteEnd.length);
    const alive = isAliveIn(note, note.pid, note.started);
    if (alive === false) removeFiles(folder, (one) => one.startsWith(`${name}.`));
    return alive ? [{ name, note }] : [];
  });
}

/**
 * A client that names its conversations may have several in one process. Of the others, the process is found again:
 * the agent has started both it and the hook.
 */
function isOf({ session, isAbove }: HookSession, note: Note, { conversation }: NotedClaim): boolean {
  if (conversation !== null) return session !== null && conversation.endsWith(` ${session}`);
  return (session !== null && note.session === session) || isAbove(note.parent);
}

function toldName(name: string, task: string): string {
  return `${name}.${task}${toldEnd}`;
}

function namesIn(folder: string): string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
}

function removeFiles(folder: string, isMeant: (name: string) => boolean): void {
  for (const name of namesIn(folder)) if (isMeant(name)) fs.rmSync(path.join(folder, name), { force: true });
}
