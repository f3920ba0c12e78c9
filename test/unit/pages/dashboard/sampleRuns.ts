import { toInstant } from '../../../../src/core/clock';
import type { Run } from '../../../../src/core/model';
import { type TimedRun, timed } from '../../../../src/pages/dashboard/runModel';
import type { Random } from '../../../support/random';

const outcomes: readonly Run['outcome'][] = [
  'succeeded',
  'error',
  'timeout',
  'lost',
  'interrupted',
  'cancelled',
  'could_not_start',
  'limited',
  'superseded',
  'released',
];

/** A run that succeeded at once. Times are milliseconds since 1970. */
export function sampleRun(more: Partial<Run> & { start?: number; end?: number | null } = {}): Run {
  const { start = 0, end = start, ...rest } = more;
  return {
    task_id: 'tsk_000000000001',
    number: 1,
    stream_id: 'str_000000000001',
    name: 'check.sh',
    script_path: 'scripts/check.sh',
    tool_name: 'run-bash',
    queued_at: toInstant(start),
    started_at: toInstant(start),
    finished_at: end === null ? null : toInstant(end),
    outcome: end === null ? null : 'succeeded',
    exit_code: null,
    ...{ stand_in: null, usage: null },
    ...rest,
  };
}

/** Runs of all kinds, by when they began. */
export function randomRuns(random: Random, count: number): TimedRun[] {
  const runs = Array.from({ length: count }, (_, at) => {
    const start = random.below(100_000);
    const open = random.chance(0.05);
    return timed(
      sampleRun({
        task_id: `tsk_${at.toString(16).padStart(12, '0')}`,
        stream_id: `str_${random.below(4)}`,
        script_path: random.chance(0.2) ? null : `scripts/${random.below(5)}.sh`,
        tool_name: `tool-${random.below(2)}`,
        queued_at: toInstant(start - random.below(5_000)),
        start,
        end: open ? null : start + random.below(20_000),
        outcome: open ? null : (outcomes[random.below(outcomes.length)] ?? null),
      }),
    );
  });
  return runs.sort((a, b) => a.start - b.start);
}
