/** Sessions, and the project that they belong to. */

import { newId } from '../../core/ids';
import type { LifeStatus, Page, Project, Session } from '../../core/model';
import type { Mutation, NewSession, PageRequest } from '../../core/queue';
import { goneSince, nameTaken, wrongState } from '../../core/refusals';
import { checkName, checkPage } from '../../core/validation';
import type { Reader } from '../engine/database';
import type { Change, Context } from '../rows/change';
import { mutate, type Repeat } from '../rows/idempotency';
import { asProject, asSession, needSession } from '../rows/rows';
import { insertRow, updateRow } from '../rows/statements';
import { endStreamsOf } from './streams';

const repeatSession: Repeat<Session> = {
  keep: ({ id }) => ({ row: id, fact: null }),
  again: (change, { row }) => {
    const present = change.tx.get('SELECT * FROM sessions WHERE id = ?', String(row));
    if (present === undefined) throw goneSince('Session', String(row));
    return asSession(present);
  },
};

export class Sessions {
  constructor(private readonly context: Context) {}

  project(): Promise<Project> {
    return this.context.db.read(theProject);
  }

  /** Creates the project, or updates it with the name and paths from the configuration. */
  async keepProject(facts: Pick<Project, 'name' | 'repo_path' | 'prd_path'>): Promise<void> {
    const { name, repo_path: repo, prd_path: prd } = facts;
    await this.context.change((change) => {
      const { tx, now } = change;
      const row = tx.get('SELECT * FROM projects ORDER BY rowid LIMIT 1');
      if (row === undefined) {
        insertRow(tx, 'projects', { id: newId('project'), ...facts, created_at: now, updated_at: now });
        return;
      }
      const project = asProject(row);
      if (project.name === name && project.repo_path === repo && project.prd_path === prd) return;
      const changes = { ...facts, updated_at: now };
      updateRow(tx, 'projects', project.id, changes);
      change.emitProject('project.updated', { ...project, ...changes });
    });
  }

  async create(input: NewSession, mutation?: Mutation): Promise<Session> {
    const name = checkName('session', input.name);
    return mutate(this.context, `create session ${name}`, mutation, repeatSession, (change) => {
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
      insertRow(tx, 'sessions', { ...session });
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
    return mutate(this.context, `update session ${reference}`, mutation, repeatSession, (change) => {
      const before = needSession(change.tx, reference);
      return changeSession(change, before, 'session.updated', {
        name: name ?? before.name,
        description: patch.description === undefined ? before.description : patch.description,
      });
    });
  }

  async end(reference: string, mutation?: Mutation): Promise<Session> {
    return mutate(this.context, `end session ${reference}`, mutation, repeatSession, (change) => {
      const before = needSession(change.tx, reference);
      if (before.status === 'ended') {
        throw wrongState('End session', 'ended', 'another session, see sparkq session list --status active');
      }
      endStreamsOf(change, before.id);
      return changeSession(change, before, 'session.ended', { status: 'ended', ended_at: change.now });
    });
  }
}

function changeSession(
  change: Change,
  before: Session,
  event: 'session.updated' | 'session.ended',
  patch: Partial<Pick<Session, 'name' | 'description' | 'status' | 'ended_at'>>,
): Session {
  const changes = { ...patch, updated_at: change.now };
  updateRow(change.tx, 'sessions', before.id, changes);
  const session: Session = { ...before, ...changes };
  change.emitSession(event, session);
  return session;
}

function theProject(reader: Reader): Project {
  const row = reader.get('SELECT * FROM projects ORDER BY rowid LIMIT 1');
  if (row === undefined) throw new Error('The project row is missing.');
  return asProject(row);
}
