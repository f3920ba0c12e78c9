/** Sessions, and the project that they belong to. */

import { newId } from '../../core/ids';
import type { LifeStatus, Page, Project, Session } from '../../core/model';
import type { Mutation, NewSession, PageRequest } from '../../core/queue';
import { nameTaken, wrongState } from '../../core/refusals';
import { checkName, checkPage } from '../../core/validation';
import type { Reader } from '../engine/database';
import type { Context } from '../rows/context';
import { mutate } from '../rows/idempotency';
import { asProject, asSession } from '../rows/rows';
import { needSession } from '../rows/streamTable';
import { endStreamsOf } from './streams';

export class Sessions {
  constructor(private readonly context: Context) {}

  project(): Promise<Project> {
    return this.context.db.read(theProject);
  }

  /** Makes the project, or gives it the name and paths that the configuration says now. */
  async keepProject(facts: Pick<Project, 'name' | 'repo_path' | 'prd_path'>): Promise<void> {
    const { name, repo_path: repo, prd_path: prd } = facts;
    await this.context.change((change) => {
      const { tx, now } = change;
      const row = tx.get('SELECT * FROM projects ORDER BY rowid LIMIT 1');
      if (row === undefined) {
        tx.run(
          'INSERT INTO projects (id, name, repo_path, prd_path, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)',
          newId('project'),
          name,
          repo,
          prd,
          now,
          now,
        );
        return;
      }
      const project = asProject(row);
      if (project.name === name && project.repo_path === repo && project.prd_path === prd) return;
      tx.run(
        'UPDATE projects SET name = ?, repo_path = ?, prd_path = ?, updated_at = ? WHERE id = ?',
        name,
        repo,
        prd,
        now,
        project.id,
      );
      change.emitProject('project.updated', { ...project, ...facts, updated_at: now });
    });
  }

  async create(input: NewSession, mutation?: Mutation): Promise<Session> {
    const name = checkName('session', input.name);
    return mutate(this.context, `create session ${name}`, mutation, (change) => {
      const { tx, now } = change;
      if (input.unique && tx.get('SELECT id FROM sessions WHERE name = ?', name))
        throw nameTaken('session', name);
      const session: Session = {
        id: newId('session'),
        project_id: theProject(tx).id,
        name,
        description: input.description ?? null,
        status: 'active',
        started_at: now,
        ended_at: null,
        created_at: now,
        updated_at: now,
      };
      tx.run(
        `INSERT INTO sessions (id, project_id, name, description, status, started_at, created_at, updated_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        session.id,
        session.project_id,
        name,
        session.description,
        session.status,
        now,
        now,
        now,
      );
      change.emitSession('session.created', session);
      return session;
    });
  }

  get(session: string): Promise<Session> {
    return this.context.db.read((reader) => needSession(reader, session));
  }

  async list(filter: PageRequest & { status?: LifeStatus } = {}): Promise<Page<Session>> {
    const { limit, offset } = checkPage(filter);
    const status = filter.status ?? null;
    return this.context.db.read((reader) => {
      const where = 'WHERE (? IS NULL OR status = ?)';
      const items = reader
        .all(
          `SELECT * FROM sessions ${where} ORDER BY rowid DESC LIMIT ? OFFSET ?`,
          status,
          status,
          limit,
          offset,
        )
        .map(asSession);
      const total = Number(reader.get(`SELECT count(*) AS n FROM sessions ${where}`, status, status)?.n);
      return { items, total, limit, offset };
    });
  }

  async update(
    reference: string,
    patch: { name?: string; description?: string | null },
    mutation?: Mutation,
  ): Promise<Session> {
    const name = patch.name === undefined ? undefined : checkName('session', patch.name);
    return mutate(this.context, `update session ${reference}`, mutation, (change) => {
      const before = needSession(change.tx, reference);
      const session: Session = {
        ...before,
        name: name ?? before.name,
        description: patch.description === undefined ? before.description : patch.description,
        updated_at: change.now,
      };
      change.tx.run(
        'UPDATE sessions SET name = ?, description = ?, updated_at = ? WHERE id = ?',
        session.name,
        session.description,
        session.updated_at,
        session.id,
      );
      change.emitSession('session.updated', session);
      return session;
    });
  }

  async end(reference: string, mutation?: Mutation): Promise<Session> {
    return mutate(this.context, `end session ${reference}`, mutation, (change) => {
      const before = needSession(change.tx, reference);
      if (before.status === 'ended') {
        throw wrongState('End session', 'ended', 'another session, see sparkq session list --status active');
      }
      endStreamsOf(change, before.id);
      const { now } = change;
      const session: Session = { ...before, status: 'ended', ended_at: now, updated_at: now };
      change.tx.run(
        "UPDATE sessions SET status = 'ended', ended_at = ?, updated_at = ? WHERE id = ?",
        now,
        now,
        before.id,
      );
      change.emitSession('session.ended', session);
      return session;
    });
  }
}

function theProject(reader: Reader): Project {
  const row = reader.get('SELECT * FROM projects ORDER BY rowid LIMIT 1');
  if (row === undefined) throw new Error('The project row is missing.');
  return asProject(row);
}
