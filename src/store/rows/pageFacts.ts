/** The facts of a page of streams or queued tasks: each is one statement for all of them, whichever lanes they are in. */

import type { PersonCounts } from '../../core/model';
import type { Reader } from '../engine/database';
import { type BatchRow, selectBatches } from './batchTable';
import { type HostRow, selectHosts } from './hostTable';
import {
  type Among,
  amongAhead,
  type LaneFacts,
  type OpenDependencies,
  personCounts,
  toolsAmong,
} from './laneFacts';
import {
  byPlace,
  fewPlaces,
  type Head,
  hasQuestion,
  headColumns,
  headFrom,
  type Limit,
  limitColumns,
  limitFrom,
  ready,
  readyLimited,
} from './readyRule';
import type { StartingTools, Surroundings } from './restRule';
import type { StreamRow } from './streamTable';
import type { TaskRow } from './taskRow';

const listed = 'IN (SELECT value FROM json_each(?))';

/** A place in a lane at which a ready task is looked for. */
interface Sought {
  stream: string;
  /** In this batch with limits; else among those that no batch holds. */
  batch?: string;
  /** Before this position. */
  before?: number;
  tools?: StartingTools;
}

/** As the statements take it: an array is read faster than an object. */
function parametersOf({ stream, before, batch, tools }: Sought) {
  const place = [stream, before ?? null, batch ?? null];
  return tools === undefined ? place : [...place, tools.all, tools.fallBack];
}

const ofTools = `AND (tool_name IN (SELECT value FROM json_each(place.value, '$[3]'))
  OR (fall_back = 1 AND approved IS NULL
    AND tool_name IN (SELECT value FROM json_each(place.value, '$[4]'))))`;
const orders = {
  first: 'ORDER BY position, seq LIMIT 1',
  few: `ORDER BY position, seq LIMIT ${fewPlaces}`,
  last: 'AND position < place.value ->> 1 ORDER BY position DESC, seq DESC LIMIT 1',
} as const;
type Order = keyof typeof orders;

const statements = new Map<string, string>();

/** The ready tasks at many places, each with the number of its place. */
function readyAt(order: Order, batch: boolean, tools: boolean): string {
  const key = `${order} ${batch} ${tools}`;
  let sql = statements.get(key);
  if (sql === undefined) {
    sql = statementFor(order, batch, tools);
    statements.set(key, sql);
  }
  return sql;
}

function statementFor(order: Order, batch: boolean, tools: boolean): string {
  const where = batch ? `batch_id = place.value ->> 2 AND ${readyLimited}` : ready;
  // For a single one, SQLite makes no table of what it finds at each place.
  const among = order === 'few' ? 'IN' : '=';
  return `SELECT place.key, ${headColumns} FROM json_each(?) AS place CROSS JOIN tasks ON tasks.seq ${among} (
    SELECT seq FROM tasks WHERE stream_id = place.value ->> 0 AND ${where} ${tools ? ofTools : ''}
    ${orders[order]})`;
}

/** Most queues have none: that is found out faster. */
const anyLimited = `SELECT 1 FROM tasks INDEXED BY idx_tasks_ready_limited WHERE ${readyLimited} LIMIT 1`;

/** The batches with limits that have ready tasks, of many streams. */
const limitedBatches = `WITH RECURSIVE found (stream, batch) AS (
    SELECT value, (SELECT batch_id FROM tasks WHERE stream_id = value AND ${readyLimited} ORDER BY batch_id LIMIT 1)
    FROM json_each(?)
    UNION ALL
    SELECT stream, (SELECT batch_id FROM tasks WHERE stream_id = stream AND ${readyLimited} AND batch_id > batch
      ORDER BY batch_id LIMIT 1)
    FROM found WHERE batch IS NOT NULL
  ) SELECT stream, batch FROM found WHERE batch IS NOT NULL`;

const firstQuestions = `SELECT value, (SELECT id FROM tasks WHERE stream_id = value AND ${hasQuestion}
  ORDER BY position LIMIT 1) FROM json_each(?)`;

export class PageFacts implements LaneFacts {
  private readonly heads = new Map<Among, ReadonlyMap<string, Head>>();
  private readonly lanes: string;

  /** @param rows the queued tasks of the page, all in these streams */
  constructor(
    private readonly reader: Reader,
    private readonly around: Surroundings,
    private readonly streams: readonly StreamRow[],
    private readonly rows: readonly TaskRow[] = [],
  ) {
    this.lanes = JSON.stringify(streams.map(({ id }) => id));
  }

  question({ id, on_failure }: StreamRow): string | null {
    return on_failure === 'pause' ? (this.questions().get(id) ?? null) : null;
  }

  head(stream: StreamRow, among: Among): Head | undefined {
    const wanted = this.laneOf(stream, among).tools === undefined ? 'any' : among;
    let known = this.heads.get(wanted);
    if (known === undefined) {
      known = this.readHeads(wanted);
      this.heads.set(wanted, known);
    }
    return known.get(stream.id);
  }

  ahead(row: TaskRow): string | null {
    return this.allAhead().get(row.id) ?? null;
  }

  asked({ id }: StreamRow): PersonCounts {
    const { unapproved, asking } = this.allAsked();
    return { unapproved: unapproved.get(id) ?? 0, asking: asking.get(id) ?? 0 };
  }

  dependencies({ id }: TaskRow): OpenDependencies {
    return this.allDependencies().get(id) ?? new Map();
  }

  awaited({ after_batch: id }: TaskRow): BatchRow | undefined {
    return id === null ? undefined : this.allAwaited().get(id);
  }

  limit(batchId: string): Limit {
    return this.limits().get(batchId) ?? limitFrom([]);
  }

  hosts(): readonly HostRow[] {
    return this.allHosts();
  }

  private readonly allHosts = lazily(() => selectHosts(this.reader));

  private readonly questions = lazily(() => this.textsByStream(firstQuestions));

  private readonly queuedTools = lazily(() => {
    const sql = `SELECT DISTINCT stream_id, tool_name FROM tasks WHERE stream_id ${listed} AND status = 'queued'`;
    return grouped(this.reader.values(sql, this.lanes));
  });

  private readonly batches = lazily(() => {
    const any = this.reader.values(anyLimited).length > 0;
    return grouped(any ? this.reader.values(limitedBatches, this.lanes) : []);
  });

  private readonly limits = lazily(() => {
    const own = this.rows.flatMap(({ batch_id: id, batch_limited }) =>
      batch_limited === 1 && id ? [id] : [],
    );
    const ids = [...new Set([...own, ...[...this.batches().values()].flat()])];
    const sql = `SELECT id, ${limitColumns} FROM batches WHERE id ${listed}`;
    const found = ids.length === 0 ? [] : this.reader.values(sql, JSON.stringify(ids));
    return new Map(found.map(([id, ...limit]) => [String(id), limitFrom(limit)]));
  });

  private readonly allAsked = lazily(() => {
    const count = ([index, condition]: readonly [string, string]) => {
      // Mostly nothing waits for a person.
      const any = `SELECT 1 FROM tasks INDEXED BY ${index} WHERE ${condition} LIMIT 1`;
      if (this.reader.values(any).length === 0) return new Map<string, number>();
      const sql = `SELECT stream_id, count(*) FROM tasks INDEXED BY ${index} WHERE ${condition}
        AND stream_id ${listed} GROUP BY stream_id`;
      return new Map(this.reader.values(sql, this.lanes).map(([id, n]) => [String(id), Number(n)]));
    };
    return { unapproved: count(personCounts.unapproved), asking: count(personCounts.asking) };
  });

  private readonly allDependencies = lazily(() => {
    const sql = `SELECT task_id, after_id, state FROM dependencies WHERE task_id ${listed} AND state != 'met'`;
    const waiting = this.rows.filter(({ open_after }) => open_after > 0).map(({ id }) => id);
    const found = new Map<string, Map<string, boolean>>();
    for (const [id, after, state] of this.reader.values(sql, JSON.stringify(waiting)))
      (found.get(String(id)) ?? addTo(found, String(id), new Map())).set(String(after), state === 'failed');
    return found;
  });

  private readonly allAwaited = lazily(() => {
    const ids = JSON.stringify(this.rows.flatMap(({ after_batch: id }) => id ?? []));
    return new Map(selectBatches(this.reader, `WHERE id ${listed}`, ids).map((batch) => [batch.id, batch]));
  });

  private readonly allAhead = lazily(() => {
    const lanes = new Map(this.streams.map((stream) => [stream.id, this.laneOf(stream, amongAhead(stream))]));
    const sought = this.rows.flatMap((row) => {
      const lane = lanes.get(row.stream_id);
      return lane === undefined ? [] : [{ ...lane, before: row.position, id: row.id }];
    });
    const found = this.find('last', sought);
    return new Map(sought.map(({ id }, at) => [id, found[at]?.at(-1)?.id]));
  });

  private readHeads(among: Among): ReadonlyMap<string, Head> {
    const lanes = this.streams.map((stream) => this.laneOf(stream, among));
    const found = this.find('first', lanes).map(([head]) => head);
    return new Map(lanes.flatMap(({ stream }, at) => (found[at] ? [[stream, found[at]] as const] : [])));
  }

  private laneOf(stream: StreamRow, among: Among): Sought {
    const { reader, around } = this;
    const queued = () => this.queuedTools().get(stream.id) ?? [];
    return { stream: stream.id, tools: toolsAmong(reader, around, stream, among, queued) };
  }

  /** What is ready at each place, in its order: those that no batch holds, and as many of each batch as may start. */
  private find(order: 'first' | 'last', places: readonly Sought[]): Head[][] {
    const found = this.select(order, places);
    const inBatches = places.flatMap((place, at) =>
      (this.batches().get(place.stream) ?? []).flatMap((batch) => {
        const { places: free } = this.limit(batch);
        return free > 0 ? [{ at, free, place: { ...place, batch } }] : [];
      }),
    );
    const many = inBatches.filter(({ free }) => order === 'first' || free > fewPlaces);
    this.select(
      order,
      many.map(({ place }) => place),
    ).forEach((heads, n) => {
      found[many[n]?.at ?? 0]?.push(...heads);
    });
    const few = inBatches.filter(({ free }) => order === 'last' && free <= fewPlaces);
    const firstOf = this.firstFew(few.map(({ place }) => place));
    for (const { at, free, place } of few) {
      const next = firstOf(place).slice(0, free);
      found[at]?.push(...next.filter(({ position }) => position < (place.before ?? 0)));
    }
    return found.map((heads) => heads.sort(byPlace));
  }

  /** The first of each batch of a lane, read once for all places in it. */
  private firstFew(places: readonly Sought[]): (place: Sought) => readonly Head[] {
    const keyOf = ({ stream, batch }: Sought) => `${stream} ${batch}`;
    const lanes = [...new Map(places.map((place) => [keyOf(place), place])).values()];
    const found = this.select('few', lanes);
    const byLane = new Map(lanes.map((lane, at) => [keyOf(lane), found[at] ?? []]));
    return (place) => byLane.get(keyOf(place)) ?? [];
  }

  private select(order: Order, places: readonly Sought[]): Head[][] {
    const found = places.map((): Head[] => []);
    for (const tools of [false, true]) {
      const some = places.flatMap((place, at) =>
        (place.tools !== undefined) === tools ? [{ at, place }] : [],
      );
      if (some.length === 0) continue;
      const sql = readyAt(order, some[0]?.place.batch !== undefined, tools);
      const rows = this.reader.values(sql, JSON.stringify(some.map(({ place }) => parametersOf(place))));
      for (const [key, ...head] of rows) found[some[Number(key)]?.at ?? 0]?.push(headFrom(head));
    }
    return found.map((heads) => heads.sort(byPlace));
  }

  private textsByStream(sql: string): ReadonlyMap<string, string> {
    const found = this.reader.values(sql, this.lanes);
    return new Map(
      found.flatMap(([id, text]) => (text === null ? [] : [[String(id), String(text)] as const])),
    );
  }
}

function lazily<T>(read: () => T): () => T {
  let known: { value: T } | undefined;
  return () => {
    known ??= { value: read() };
    return known.value;
  };
}

/** The second of each pair, by the first. */
function grouped(pairs: readonly (readonly unknown[])[]): ReadonlyMap<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [key, value] of pairs)
    (found.get(String(key)) ?? addTo(found, String(key), [])).push(String(value));
  return found;
}

function addTo<V>(map: Map<string, V>, key: string, value: V): V {
  map.set(key, value);
  return value;
}
