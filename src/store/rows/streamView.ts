/** A stream as it is answered: its row, why it waits, and what of it waits for a person. */

import type { PersonCounts, Stream } from '../../core/model';
import type { Reader } from '../engine/database';
import { runsStream } from './hostRule';
import { factsOf, type LaneFacts } from './laneFacts';
import type { Surroundings } from './restRule';
import { type StreamRow, streamOf } from './streamTable';
import { laneView } from './waitingViews';

/** @param facts by default read for this stream alone */
export function streamView(
  reader: Reader,
  surroundings: Surroundings,
  row: StreamRow,
  facts: LaneFacts = factsOf(reader, surroundings),
): Stream {
  const asked = row.queued === 0 ? nothingAsked : facts.asked(row);
  return {
    ...streamOf(row, laneView(facts, surroundings, row), asked),
    runs_here: runsStream(surroundings.host, row),
  };
}

const nothingAsked: PersonCounts = { unapproved: 0, asking: 0 };
