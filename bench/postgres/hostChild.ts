/** One host: a process that uses a queue on the server as it is told. Started by hostProcess.ts. */

import type { Place } from './engine';
import type { HostReport, HostTask } from './hostProcess';
import { kinds } from './kinds';

const [name, place, callers] = JSON.parse(process.argv[2] ?? '') as [string, Place, number];

async function main(): Promise<void> {
  const kind = kinds.find((one) => one.name === name);
  if (kind === undefined) throw new Error(`nothing is called ${name}`);
  const host = await kind.open(place, callers);
  const absolute = (at: number) => performance.timeOrigin + at;
  const perform = async ({ enqueue }: HostTask): Promise<HostReport> => {
    const times: number[] = [];
    let tasks = 0;
    let last = performance.now();
    const done = (began: number, some: number) => {
      last = performance.now();
      times.push(last - began);
      tasks += some;
    };
    if (enqueue === undefined) await host.work(callers, done);
    else {
      let next = 0;
      const caller = async () => {
        while (next < enqueue) {
          const lane = (next / kind.batch) % place.lanes;
          next += kind.batch;
          const began = performance.now();
          await host.enqueue(lane, kind.batch);
          done(began, kind.batch);
        }
      };
      await Promise.all(Array.from({ length: callers }, caller));
    }
    return { times, tasks, endedAt: absolute(last) };
  };
  process.on('message', (task: HostTask | 'close') => {
    if (task === 'close') void host.close().then(() => process.disconnect());
    else void perform(task).then((report) => process.send?.(report), fail);
  });
  process.send?.('ready');
}

function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}

main().catch(fail);
