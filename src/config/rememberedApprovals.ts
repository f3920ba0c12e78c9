/** The runs of a workspace that a person has approved for good: a file of the user folder for each. */

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { type Instant, toInstant } from '../core/clock';
import { makeFolder } from '../system/folders';
import { createFile, readJson } from '../system/wholeFiles';

/** A run that needs no approval. */
export interface RememberedApproval {
  /** Of all that the run depends on. */
  digest: string;
  /** The name of the task that was approved. */
  label: string;
  approved_at: Instant | null;
}

const digestShape = /^[0-9a-f]{64}$/;

export class RememberedApprovals {
  private readonly folder: string;

  /**
   * @param home the user folder: whoever can write there can say what is approved
   * @param workspace real path of its folder
   */
  constructor(home: string, workspace: string) {
    this.folder = path.join(home, 'remembered', createHash('sha256').update(workspace).digest('hex'));
  }

  isEmpty(): boolean {
    return this.digests().length === 0;
  }

  has(digest: string): boolean {
    return digestShape.test(digest) && fs.existsSync(this.fileOf(digest));
  }

  add(digest: string, label: string): void {
    makeFolder(this.folder);
    createFile(
      this.fileOf(digest),
      `${JSON.stringify({ label, approved_at: toInstant(Date.now()) })}\n`,
      true,
    );
  }

  /** Last approved first. */
  list(): RememberedApproval[] {
    return this.digests()
      .map((digest) => this.read(digest))
      .sort((a, b) => (b.approved_at ?? '').localeCompare(a.approved_at ?? ''));
  }

  /** From now on these runs wait for approval again. */
  forget(digests: readonly string[]): void {
    for (const digest of digests) fs.rmSync(this.fileOf(digest), { force: true });
  }

  private digests(): string[] {
    if (!fs.existsSync(this.folder)) return [];
    const names = fs.readdirSync(this.folder).map((name) => path.basename(name, '.json'));
    return names.filter((name) => digestShape.test(name));
  }

  private read(digest: string): RememberedApproval {
    try {
      const kept = readJson<{ label?: unknown; approved_at?: unknown }>(this.fileOf(digest));
      return { digest, label: textOf(kept?.label) ?? '', approved_at: textOf(kept?.approved_at) };
    } catch {
      // Its name alone says that it was approved.
      return { digest, label: '', approved_at: null };
    }
  }

  private fileOf(digest: string): string {
    return path.join(this.folder, `${digest}.json`);
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
