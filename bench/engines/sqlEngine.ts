/** The same work with the same rows for every engine that speaks SQL: SparkQ's own schema, one transaction per change. */

import { toInstant } from '../../src/core/clock';
import { newId, newLease } from '../../src/core/ids';
import { migrations } from '../../src/store/rows/schema';
import { type Engine, payload, streamCount } from '../engine';

export type Value = string | number | null;

/** The little of a database that the work needs. Calls are synchronous. */
export interface Driver {
  /** Runs statements without parameters. */
  script(sql: string): void;
  /** Runs one change; the rows it changed. */
  run(sql: string, params: Value[]): number;
  get(sql: string, params: Value[]): Record<string, unknown> | undefined;
  /** After each transaction, for engines that persist by themselves. */
  persist?(): void;
  close(): void;
}

const now = () => toInstant(Date.now());
const streamId = (stream: number) => `str_${stream.toString(16).padStart(12, '0')}`;

const sql = {
  enqueue: `INSERT INTO tasks (id, stream_id, tool_name, task_class, payload, timeout, created_at, updated_at, position, label)
    VALUES (?, ?, 'run-bash', 'MEDIUM_SCRIPT', ?, 300, ?, ?, ?, 'build.sh')`,
  head: `SELECT id FROM tasks WHERE stream_id = ? AND status = 'queued' AND deleted_at IS NULL AND parked = 0
    AND open_after = 0 AND delayed = 0 ORDER BY position LIMIT 1`,
  claim: `UPDATE tasks SET status = 'running', attempts = attempts + 1, started_at = ?, updated_at = ?, lease = ?,
    lease_until = ?, deadline = ?, seen_at = ?, due_at = ? WHERE id = ? AND status = 'queued'`,
  attempt: 'INSERT INTO attempts (task_id, number, lease, started_at) VALUES (?, 1, ?, ?)',
  row: 'SELECT * FROM tasks WHERE id = ?',
  complete: `UPDATE tasks SET status = 'succeeded', result = ?, result_summary = ?, finished_at = ?, updated_at = ?,
    lease = NULL, due_at = NULL WHERE id = ? AND status = 'running'`,
  finishAttempt: `UPDATE attempts SET finished_at = ?, outcome = 'succeeded', summary = ? WHERE task_id = ? AND number = 1`,
};

/** `count` rows of history in one statement. */
export function historySql(count: number, status: 'succeeded' | 'queued'): string {
  const finished = status === 'succeeded' ? "'2026-01-01T00:00:00.000000Z'" : 'NULL';
  return `INSERT INTO tasks (id, stream_id, tool_name, task_class, payload, status, timeout, attempts, created_at, updated_at,
      started_at, finished_at, position, label)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
    SELECT printf('tsk_%012x', i), printf('str_%012x', i % ${streamCount}), 'run-bash', 'MEDIUM_SCRIPT',
      '${payload}', '${status}', 300, 1, '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', ${finished}, ${finished},
      i, 'build.sh' FROM n`;
}

/** Rows that tasks refer to, and empty streams. */
export function groundSql(): string[] {
  const at = '2026-01-01T00:00:00.000000Z';
  return [
    `INSERT INTO projects (id, name, created_at, updated_at) VALUES ('prj_000000000000', 'bench', '${at}', '${at}')`,
    `INSERT INTO sessions (id, project_id, name, started_at, created_at, updated_at)
       VALUES ('ses_000000000000', 'prj_000000000000', 'bench', '${at}', '${at}', '${at}')`,
    `INSERT INTO streams (id, session_id, name, created_at, updated_at)
       WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${streamCount - 1})
       SELECT printf('str_%012x', i), 'ses_000000000000', 'stream ' || i, '${at}', '${at}' FROM n`,
  ];
}

export class SqlEngine implements Engine {
  private position: number;

  constructor(
    private readonly driver: Driver,
    history: number,
  ) {
    this.position = history + 1;
    driver.script(migrations.map((migration) => migration.sql).join('\n'));
    driver.script('BEGIN');
    for (const statement of groundSql()) driver.script(statement);
    if (history > 0) driver.script(historySql(history, 'succeeded'));
    driver.script('COMMIT');
    driver.persist?.();
  }

  async enqueue(stream: number): Promise<void> {
    this.transaction(() => this.insert(stream));
  }

  async claimNext(stream: number): Promise<string | undefined> {
    return this.transaction(() => {
      const head = this.driver.get(sql.head, [streamId(stream)]);
      return head && this.take(String(head.id)) ? String(head.id) : undefined;
    });
  }

  async claimById(id: string): Promise<boolean> {
    return this.transaction(() => this.take(id));
  }

  async complete(id: string): Promise<void> {
    this.transaction(() => {
      const at = now();
      this.driver.run(sql.complete, ['done', 'done', at, at, id]);
      this.driver.run(sql.finishAttempt, [at, 'done', id]);
      return this.driver.get(sql.row, [id]);
    });
  }

  /** Claims up to `count` tasks in one transaction: what a caller may do that has all of them at hand. */
  claimMany(stream: number, count: number): number {
    return this.transaction(() => {
      let claimed = 0;
      while (claimed < count) {
        const head = this.driver.get(sql.head, [streamId(stream)]);
        if (!head || !this.take(String(head.id))) break;
        claimed += 1;
      }
      return claimed;
    });
  }

  async fill(count: number, streams: number): Promise<string[]> {
    return this.transaction(() => Array.from({ length: count }, (_, index) => this.insert(index % streams)));
  }

  async close(): Promise<void> {
    this.driver.close();
  }

  private insert(stream: number): string {
    const id = newId('task');
    const at = now();
    this.driver.run(sql.enqueue, [id, streamId(stream), payload, at, at, this.position++]);
    return id;
  }

  private take(id: string): boolean {
    const at = now();
    const until = toInstant(Date.now() + 600_000);
    const lease = newLease();
    if (this.driver.run(sql.claim, [at, at, lease, until, until, at, until, id]) === 0) return false;
    this.driver.run(sql.attempt, [id, lease, at]);
    this.driver.get(sql.row, [id]);
    return true;
  }

  private transaction<T>(work: () => T): T {
    this.driver.script('BEGIN IMMEDIATE');
    const answer = work();
    this.driver.script('COMMIT');
    this.driver.persist?.();
    return answer;
  }
}
