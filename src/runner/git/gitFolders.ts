/** The state in git of the folders that tasks come from: the workspace, and those that are open in a window with it. */

import { type Clock, systemClock } from '../../core/clock';
import type { FolderFacts } from '../../core/model';
import { folderOfWork } from '../../scripts/paths';
import { GitReader } from './gitFacts';

export class GitFolders {
  private readonly readers = new Map<string, GitReader>();

  /** @param others absolute paths of the other folders */
  constructor(
    private readonly workspace: string,
    private readonly others: () => readonly string[],
    private readonly clock: Clock = systemClock,
  ) {}

  /** Where the task of a payload is at home. */
  folderOf(payload: unknown): string {
    return folderOfWork(payload, this.others()) ?? this.workspace;
  }

  /** Reads the folder of a payload's task. */
  of(payload: unknown): GitReader {
    return this.at(this.folderOf(payload));
  }

  /** The state of all folders but the workspace. */
  readOthers(): Promise<FolderFacts[]> {
    return Promise.all(this.others().map(async (folder) => ({ folder, git: await this.at(folder).read() })));
  }

  at(folder: string): GitReader {
    const known = this.readers.get(folder) ?? new GitReader(folder, this.clock);
    this.readers.set(folder, known);
    return known;
  }
}
