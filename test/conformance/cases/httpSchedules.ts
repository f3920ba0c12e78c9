/** Schedules as HTTP takes and answers them, and what comes of their times. */

import assert from 'node:assert/strict';
import type { Schedule } from '../../../src/core/model';
import type { Queue } from '../../../src/core/queue';
import { idPattern, instantPattern, newLane } from '../door';
import { type HttpCase, refused } from './httpCase';

const hour = 3_600_000;

/** Resolves at the next change of a schedule; call it before what causes it. */
function scheduleChanged(queue: Queue, id: string): Promise<Schedule | undefined> {
  return new Promise((resolve) => {
    const stop = queue.subscribe(({ type, schedule_id: changed, schedule }) => {
      if (type !== 'schedule.updated' || changed !== id) return;
      stop();
      resolve(schedule);
    });
  });
}

export const httpSchedulesCases: readonly HttpCase[] = [
  {
    name: 'schedules over HTTP',
    rows: [
      'GET /api/schedules',
      'POST /api/schedules',
      'PUT /api/schedules/{id}',
      'POST /api/schedules/{id}/run',
      'DELETE /api/schedules/{id}',
      'words.ids',
      'payload.exact',
    ],
    async run(client, { queue }) {
      const lane = await newLane({ behind: queue });
      const input = {
        stream_id: lane.name,
        cron: '0 2 * * *',
        zone: 'Europe/Berlin',
        tool_name: 'run-command',
        payload: '{"argv":["make"],"size":1970670598291982290}',
      };
      const made = await client.post('/api/schedules', input);
      assert.equal(made.status, 201, made.text);
      const { schedule } = made.json;
      assert.match(schedule.id, idPattern('sch'));
      assert.match(schedule.next_at, instantPattern);
      assert.match(made.text, /"payload_json":\{"argv":\["make"\],"size":1970670598291982290\}/);
      const columns = {
        stream_id: lane.stream.id,
        cron: '0 2 * * *',
        zone: 'Europe/Berlin',
        missed: 'skip',
        overlap: 'skip',
        tool_name: 'run-command',
        payload: input.payload,
        label: 'make',
        timeout: null,
        front: false,
        paused: false,
        last_at: null,
        last_outcome: null,
        last_task_id: null,
      };
      assert.deepEqual({ ...schedule, ...columns }, schedule);
      const at = `/api/schedules/${schedule.id}`;
      const listed = await client.get(`/api/schedules?stream=${encodeURIComponent(lane.name)}`);
      assert.deepEqual(
        [listed.json.schedules[0]?.id, listed.json.total, listed.json.limit, listed.json.offset],
        [schedule.id, 1, 100, 0],
      );
      assert.deepEqual((await client.get(at)).json.schedule.id, schedule.id);
      refused(await client.get('/api/schedules/sch_000000000000'), 'not_found', /Schedule not found/);

      for (const [field, value] of [
        ['cron', '99 * * * *'],
        ['cron', '0 2 * *'],
        ['zone', 'Mars/Base'],
        ['missed', 'twice'],
        ['overlap', 'stop'],
      ] as const) {
        refused(
          await client.post('/api/schedules', { ...input, [field]: value }),
          'invalid_field',
          /Invalid/,
        );
        refused(await client.put(at, { [field]: value }), 'invalid_field', new RegExp(field));
      }
      for (const field of ['stream_id', 'cron', 'zone', 'tool_name'])
        refused(await client.post('/api/schedules', { ...input, [field]: undefined }), 'missing_field');
      refused(await client.put(at, {}), 'missing_field');

      const paused = await client.put(`${at}/pause`);
      assert.deepEqual([paused.json.schedule.paused, paused.json.schedule.next_at], [true, null]);
      const { task } = (await client.post(`${at}/run`)).json;
      assert.deepEqual([task.stream_id, task.status, task.label], [lane.stream.id, 'queued', 'make']);
      const resumed = await client.put(`${at}/resume`);
      assert.deepEqual([resumed.json.schedule.paused, resumed.json.schedule.last_task_id], [false, task.id]);
      const changed = await client.put(at, {
        cron: '@hourly',
        zone: 'UTC',
        missed: 'once',
        overlap: 'queue',
      });
      assert.deepEqual(
        [changed.json.schedule.cron, changed.json.schedule.missed, changed.json.schedule.overlap],
        ['@hourly', 'once', 'queue'],
      );
      assert.equal((await client.send('DELETE', at)).status, 200);
      refused(await client.send('DELETE', at), 'not_found');
      assert.equal((await client.get(`/api/tasks/${task.id}`)).status, 200);
    },
  },
  {
    name: 'the times of a schedule',
    rows: ['schedule.time'],
    async run(client, { queue, clock }) {
      const lane = await newLane({ behind: queue });
      const made = await client.post('/api/schedules', {
        stream_id: lane.name,
        cron: '@hourly',
        zone: 'UTC',
        tool_name: 'llm-haiku',
        prompt: 'Again',
      });
      const { id, next_at: next } = made.json.schedule as Schedule;
      const outcome = async (ms: number) => {
        const changed = scheduleChanged(queue, id);
        clock.advance(ms);
        await changed;
        // Whatever else was due has happened, and the next time is waited for.
        await clock.timerSet(30_000);
        return (await client.get(`/api/schedules/${id}`)).json.schedule as Schedule;
      };
      const first = await outcome(Date.parse(String(next)) - clock.now());
      assert.deepEqual([first.last_outcome, first.last_at], ['enqueued', next]);
      const [task, ...more] = (await client.get(`/api/tasks?stream_id=${lane.stream.id}`)).json.tasks;
      assert.deepEqual([task.id, more], [first.last_task_id, []]);
      assert.equal(task.idempotency_key, `${id} ${next}`);
      assert.equal((await outcome(hour)).last_outcome, 'overlap');
      await queue.cancel(task.id);
      clock.jump(10 * hour + 600_000);
      assert.equal((await outcome(30_000)).last_outcome, 'missed');
      assert.equal((await queue.listTasks({ stream: lane.name })).total, 1);
    },
  },
];
