/** Whether somebody works on a stream, and what to do if not. */

import type { Stream } from '../../../core/model';
import { shellWord } from '../../../system/shellWords';
import type { CommandContext } from '../../context';
import { writeError } from '../../terminal/streams';

/** Whether a stream worker is running; of a queue on another machine, whether there is to be one. */
export async function hasWorker(context: CommandContext, { name, working }: Stream): Promise<boolean> {
  const target = context.find();
  if (!('storage' in target)) return working;
  const { streamWorkerHolder } = await import('../../../runner/streamWorker/streamWorkerLock');
  return streamWorkerHolder(target.storage, name) !== null;
}

/** Says on stderr what keeps the stream from working: without a worker, nothing that is queued in it ever runs. */
export async function adviseOnWorker(context: CommandContext, stream: Stream): Promise<void> {
  if (context.json) return;
  const { name, paused } = stream;
  const words = `${name.startsWith('-') ? '-- ' : ''}${shellWord(name)}`;
  if (paused) writeError(`Stream '${name}' is paused.\nSuggestion: sparkq resume ${words}\n`);
  if (!(await hasWorker(context, stream)))
    writeError(
      `No worker is running for stream '${name}'.\nSuggestion: start one with: sparkq watch ${words}\n`,
    );
}
