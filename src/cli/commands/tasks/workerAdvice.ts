/** What to do where nobody works on a stream. */

import { workedOn } from '../../../client/streamWorkers';
import type { Stream } from '../../../core/model';
import type { Queue } from '../../../core/queue';
import { shellWord } from '../../../system/shellWords';
import type { CommandContext } from '../../context';
import { writeError } from '../../terminal/streams';

/** Says on stderr what keeps the stream from working: without a worker, nothing that is queued in it ever runs. */
export async function adviseOnWorker(context: CommandContext, queue: Queue, stream: Stream): Promise<void> {
  if (context.json) return;
  const { name, paused } = stream;
  const words = `${name.startsWith('-') ? '-- ' : ''}${shellWord(name)}`;
  if (paused) writeError(`Stream '${name}' is paused.\nSuggestion: sparkq resume ${words}\n`);
  if (!(await workedOn(queue))(stream))
    writeError(
      `No worker is running for stream '${name}'.\nSuggestion: start one with: sparkq watch ${words}\n`,
    );
}
