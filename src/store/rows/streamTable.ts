/** Finding sessions and streams by what callers call them. */

import { QueueError } from '../../core/errors';
import { isId } from '../../core/ids';
import type { Session } from '../../core/model';
import { notFound, required, wrongState } from '../../core/refusals';
import type { Reader } from '../engine/database';
import { asSession, asStreamRow, type StreamRow, streamColumns, streamTables } from './rows';

/** By id or name; undefined when there is none. */
export function findStream(reader: Reader, reference: string): StreamRow | undefined {
  const text = reference.trim();
  if (text === '') throw required('Stream');
  const column = isId(text, 'stream') ? 'id' : 'name';
  const row = reader.get(`SELECT ${streamColumns} FROM ${streamTables} WHERE streams.${column} = ?`, text);
  return row && asStreamRow(row);
}

export function needStream(reader: Reader, reference: string): StreamRow {
  const row = findStream(reader, reference);
  if (row === undefined) throw notFound('Stream', reference.trim());
  return row;
}

/** A stream that tasks refer to, and so is there. */
export function streamById(reader: Reader, id: string): StreamRow {
  return needStream(reader, id);
}

/** By id, or by a name that one session alone has. */
export function needSession(reader: Reader, reference: string): Session {
  const text = reference.trim();
  if (text === '') throw required('Session');
  if (isId(text, 'session')) {
    const row = reader.get('SELECT * FROM sessions WHERE id = ?', text);
    if (row === undefined) throw notFound('Session', text);
    return asSession(row);
  }
  const rows = reader.all('SELECT * FROM sessions WHERE name = ? ORDER BY rowid', text).map(asSession);
  const [only, ...others] = rows;
  if (only === undefined) throw notFound('Session', text);
  if (others.length > 0) {
    throw new QueueError(
      'conflict',
      `Session name is ambiguous: ${text} is the name of ${rows.map(({ id }) => id).join(', ')}`,
      'Give the id of the one you mean.',
      { ids: rows.map(({ id }) => id) },
    );
  }
  return only;
}

/** @param action what is not possible on an ended stream */
export function refuseEnded(stream: StreamRow, action: string): void {
  if (stream.status !== 'ended') return;
  const { message } = wrongState(action, 'ended', '');
  throw new QueueError(
    'stream_ended',
    `${message}: stream ${stream.name} has ended`,
    'Try: another stream, see sparkq stream list --status active',
  );
}
