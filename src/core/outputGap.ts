/** What is missing from a capped output, of which the head and the tail are kept. */

import type { OutputChunk } from './queue';

/** Bytes of the original, from and up to. */
export interface Gap {
  from: number;
  to: number;
}

/** The dropped bytes that a read from byte `offset` skipped before its chunk; null if there are none. */
export function gapAt(
  offset: number,
  { dropped, next_offset: next }: Pick<OutputChunk, 'dropped' | 'next_offset'>,
): Gap | null {
  if (dropped === null || offset < dropped.from || offset >= dropped.to || next <= offset) return null;
  return { from: offset, to: dropped.to };
}

/** The line that stands where bytes are missing. */
export function gapNote({ from, to }: Gap): string {
  return `[bytes ${from} to ${to} were dropped because the output exceeded its limit]`;
}
