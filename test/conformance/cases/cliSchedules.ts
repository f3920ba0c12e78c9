/** Schedules on the command line. */

import assert from 'node:assert/strict';
import type { Schedule } from '../../../src/core/model';
import { localText } from '../../../src/core/times';
import { newLane, some } from '../door';
import { type CliCase, refused } from './cliCase';

export const cliSchedulesCases: readonly CliCase[] = [
  {
    name: 'a schedule from its first day to its last',
    rows: ['cli.schedule', 'cli.lists'],
    async run(cli, { queue }) {
      const lane = await newLane({ behind: queue });
      const words = ['-s', lane.name, '--env', 'MODE=nightly', '--', 'make', '-k', 'nightly'];
      const add = (...args: string[]) => ['schedule', 'add', ...args, ...words];
      // What follows the words belongs to the command.
      const json = async (args: string[]): Promise<unknown> => JSON.parse(await cli.ok('--json', ...args));
      const [made, local, minute, zone, missed] = await Promise.all([
        json(add('0 2 * * *', '--tz', 'Europe/Berlin', '--missed', 'once', '--overlap', 'queue')),
        json(add('@daily', '--label', 'Housekeeping')),
        cli.run(add('99 * * * *')),
        cli.run(add('0 2 * * *', '--tz', 'Mars/Base')),
        cli.run(add('0 2 * * *', '--missed', 'twice')),
      ]);
      const schedule = made as Omit<Schedule, 'payload'> & { payload: Record<string, unknown> };
      const columns = {
        stream_id: lane.stream.id,
        cron: '0 2 * * *',
        zone: 'Europe/Berlin',
        missed: 'once',
        overlap: 'queue',
        tool_name: 'run-command',
        label: 'make -k nightly',
      };
      assert.deepEqual({ ...schedule, ...columns }, schedule);
      const { argv, env } = schedule.payload as { argv: string[]; env: Record<string, string> };
      assert.deepEqual(argv, ['make', '-k', 'nightly']);
      assert.equal(env.MODE, 'nightly');
      assert.ok(env.PATH);
      const other = local as Schedule;
      assert.deepEqual(
        [other.label, other.zone, other.missed, other.overlap],
        ['Housekeeping', Intl.DateTimeFormat().resolvedOptions().timeZone, 'skip', 'skip'],
      );
      refused(minute, 1, /^Error: Invalid cron: 99 \* \* \* \*: .*minute: 99$/, /0 2 \* \* \*/);
      refused(zone, 1, 'Error: Invalid zone: Mars/Base', /Europe\/Berlin/);
      refused(missed, 1, 'Error: Invalid missed: twice');

      const { id } = schedule;
      const [list, table] = await Promise.all([
        cli.json('schedule', 'list', '-s', lane.name),
        cli.ok('schedule', 'list', '-s', lane.name),
      ]);
      assert.deepEqual((list as Schedule[]).map((one) => one.id).sort(), [id, other.id].sort());
      const line = some(table.split('\n').find((one) => one.startsWith(id)));
      assert.ok(line.includes(localText(some(schedule.next_at))), line);
      assert.match(line, /none +make -k nightly$/);

      assert.match(await cli.ok('schedule', 'pause', id), new RegExp(`^Schedule ${id} paused$`, 'm'));
      assert.equal((await queue.getSchedule(id)).next_at, null);
      const run = (await cli.json('schedule', 'run', id)) as { id: string; label: string };
      assert.equal(run.label, 'make -k nightly');
      assert.equal((await queue.getSchedule(id)).last_task_id, run.id);
      assert.match(await cli.ok('schedule', 'resume', id), /resumed; next at \d{4}-/);
      const edited = (await cli.json('schedule', 'edit', id, '--cron', '@hourly', '--tz', 'UTC')) as Schedule;
      assert.deepEqual([edited.cron, edited.zone], ['@hourly', 'UTC']);
      assert.deepEqual(await cli.json('schedule', 'remove', id), { id, removed: true });
      refused(
        await cli.run(['schedule', 'remove', id]),
        1,
        `Error: Schedule not found: ${id}`,
        /sparkq schedule list/,
      );
    },
  },
];
