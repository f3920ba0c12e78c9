/** The names of the store's files, and their order. */

/**
 * A position in the queue's history: the owner's generation, and a number within it. The snapshot at a position is the
 * state before the first frame of the journal at that position.
 */
export interface StorePosition {
  generation: number;
  number: number;
}

const shape = /^(snapshot|journal)-(\d+)-(\d+)\.(db|log|ack)$/;

export const setAsideFolder = 'set-aside';

export function snapshotName({ generation, number }: StorePosition): string {
  return `snapshot-${generation}-${number}.db`;
}

export function journalName({ generation, number }: StorePosition): string {
  return `journal-${generation}-${number}.log`;
}

/**
 * Of the marker that says how much of the journal at this position has been acknowledged. It sorts before its journal,
 * so whoever copies a queue in use in the order of the names copies no marker that says more than the journal holds.
 */
export function markerName({ generation, number }: StorePosition): string {
  return `journal-${generation}-${number}.ack`;
}

/** Negative when `a` is earlier. */
export function comparePositions(a: StorePosition, b: StorePosition): number {
  return a.generation - b.generation || a.number - b.number;
}

export interface StoreNames {
  /** All in ascending order. */
  snapshots: StorePosition[];
  journals: StorePosition[];
  markers: StorePosition[];
  /** Partial files that a process left behind. */
  litter: string[];
}

/** Classifies the names in a storage folder; those that are not the store's are left out. */
export function sortNames(names: readonly string[]): StoreNames {
  const sorted: StoreNames = { snapshots: [], journals: [], markers: [], litter: [] };
  for (const name of names) {
    const match = shape.exec(name);
    if (match) {
      const position = { generation: Number(match[2]), number: Number(match[3]) };
      if (!Number.isSafeInteger(position.generation) || !Number.isSafeInteger(position.number)) continue;
      if (name === snapshotName(position)) sorted.snapshots.push(position);
      else if (name === journalName(position)) sorted.journals.push(position);
      else if (name === markerName(position)) sorted.markers.push(position);
    } else if (/^snapshot-\d+-\d+\.db\.tmp$/.test(name)) {
      sorted.litter.push(name);
    }
  }
  sorted.snapshots.sort(comparePositions);
  sorted.journals.sort(comparePositions);
  sorted.markers.sort(comparePositions);
  return sorted;
}
