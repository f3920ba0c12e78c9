/**
 * A process that works a queue until it is killed. Arguments: the storage folder, its number among the lives of that
 * queue, how many callers, and a seed. Prints one line for each acknowledged operation, as JSON.
 */

import type { Claim } from '../../src/core/model';
import type { Queue } from '../../src/core/queue';
import { type Acknowledged, crashStreams } from '../support/crashes';
import { openLocalQueue } from '../support/localQueue';
import { Random } from '../support/random';

function say(acknowledged: Acknowledged): void {
  process.stdout.write(`${JSON.stringify(acknowledged)}\n`);
}

async function call(queue: Queue, life: number, caller: number, random: Random): Promise<never> {
  const held: Claim[] = [];
  let number = 0;
  for (;;) {
    const stream = crashStreams[random.below(crashStreams.length)] ?? '';
    const dice = random.next();
    const claim = dice < 0.3 ? held.shift() : undefined;
    if (claim !== undefined) {
      const { id } = claim.task;
      const { lease } = claim;
      if (random.chance(0.8)) await queue.complete(id, { lease, result_summary: `done ${id}` });
      else await queue.fail(id, { lease, error_message: `failed ${id}` });
      say({ finished: id });
    } else if (dice < 0.6) {
      const claimed = await queue.claimNext(stream);
      if (claimed === null) continue;
      say({ claimed: claimed.task.id });
      held.push(claimed);
    } else {
      const payload = { life, caller, number, filler: 'x'.repeat(random.below(400)) };
      const { task } = await queue.enqueue({ stream, tool_name: 'outside', payload, max_attempts: 1 });
      say({ enqueued: task.id, life, caller, number, stream });
      number += 1;
    }
  }
}

async function main([storage = '', life = '0', callers = '1', seed = '1']: string[]): Promise<void> {
  const queue = await openLocalQueue(storage, {
    role: 'command',
    workspace: null,
    // Small enough for kills to fall into snapshots.
    limits: { leastJournal: 40_000, mostJournal: 40_000 },
  });
  say({ opened: Number(life) });
  const random = new Random(Number(seed));
  await Promise.all(
    Array.from({ length: Number(callers) }, (_, caller) =>
      call(queue, Number(life), caller, new Random(random.below(2 ** 31))),
    ),
  );
}

void main(process.argv.slice(2));
