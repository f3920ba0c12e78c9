/** Which host runs what, and what becomes of the runs of one that is silent. */

import assert from 'node:assert/strict';
import { newId } from '../../src/core/ids';
import type { LocalQueue } from '../../src/store/localQueue';
import { FakeClock } from '../support/fakeClock';
import { withFolder } from '../support/folders';
import { nextEvent, refused } from '../support/localQueue';
import { openHost } from '../support/postgres/hosts';
import { newSchema } from '../support/postgres/server';

const second = 1000;
const command = { tool_name: 'run-command', payload: { argv: ['make'] } };
const withEnvironment = {
  tool_name: 'run-command',
  payload: { argv: ['make'], env: { PATH: '/home/ann/bin' } },
};

interface Hosts {
  /** Opens the queue as the host of that name; the same name is the same host again. */
  open(name: string, labels?: string[]): Promise<LocalQueue>;
  clock: FakeClock;
}

function withNamedHosts(use: (hosts: Hosts) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    const [place, clock, ids] = [newSchema(), new FakeClock(), new Map<string, string>()];
    const opened: LocalQueue[] = [];
    const open = async (name: string, labels: string[] = []) => {
      const id = ids.get(name) ?? newId('host');
      ids.set(name, id);
      const host = () => ({ id, name, labels, accept: [] });
      const queue = await openHost(`${folder}/${name}`, place, { clock, host });
      opened.push(queue);
      return queue;
    };
    try {
      await use({ open, clock });
    } finally {
      await Promise.all(opened.map((queue) => queue.close()));
    }
  });
}

const stateOf = async (queue: LocalQueue, name: string) =>
  (await queue.listHosts()).find((host) => host.name === name)?.state;

describe('hosts of a queue on a server', () => {
  it('are listed with what they say of themselves, and leave', () =>
    withNamedHosts(async ({ open }) => {
      const ann = await open('ann-laptop');
      const box = await open('build-box', ['gpu', 'linux']);
      const listed = (await ann.listHosts()).map(({ name, labels, here, state, running }) => [
        name,
        labels,
        here,
        state,
        running,
      ]);
      assert.deepEqual(listed, [
        ['ann-laptop', [], true, 'present', 0],
        ['build-box', ['gpu', 'linux'], false, 'present', 0],
      ]);
      await box.close();
      assert.equal(await stateOf(ann, 'build-box'), 'gone');
    }));

  it('run the streams that they made, unless a stream says otherwise', () =>
    withNamedHosts(async ({ open }) => {
      const ann = await open('ann-laptop');
      const box = await open('build-box', ['gpu']);
      await ann.createSession({ name: 'work' });
      const own = await ann.createStream({ session: 'work', name: 'own' });
      const [here] = (await ann.listHosts()).filter((host) => host.here);
      assert.deepEqual(own.runs_on, { hosts: [here?.id] });
      const { task } = await box.enqueue({ stream: 'own', ...command });
      assert.equal(await box.claimNext('own'), null);
      await refused(box.claimTask(task.id), 'not_ready', /does not run on this host.*ann-laptop/);
      assert.deepEqual((await box.getTask(task.id)).waiting_reason, {
        code: 'host',
        values: { host: 'ann-laptop' },
      });
      assert.equal((await box.getStream('own')).waiting_reason?.code, 'host');
      assert.deepEqual([(await box.getStream('own')).runs_here, own.runs_here], [false, true]);
      assert.equal((await ann.getTask(task.id)).waiting_reason?.code, 'no_worker');

      const heard = nextEvent(ann, 'stream.updated');
      await box.updateStream('own', { runs_on: { labels: ['gpu'] } });
      // Each host tells its own programs what that means for them.
      assert.equal((await heard).stream?.runs_here, false);
      assert.equal(await ann.claimNext('own'), null);
      assert.equal((await ann.getTask(task.id)).waiting, 'Waiting for a host with gpu.');
      const claim = await box.claimNext('own');
      assert.deepEqual([claim?.task.id, claim?.task.host], [task.id, 'build-box']);
      assert.equal((await ann.getTask(task.id)).host, 'build-box');
      assert.equal((await ann.listHosts()).find(({ name }) => name === 'build-box')?.running, 1);

      await ann.updateStream('own', { runs_on: 'any' });
      assert.equal((await ann.getStream('own')).runs_on, null);
      await box.enqueue({ stream: 'own', ...command });
      assert.equal((await ann.claimNext('own'))?.task.host, 'ann-laptop');
    }));

  it('are named as they are known', () =>
    withNamedHosts(async ({ open }) => {
      const ann = await open('ann-laptop');
      const box = await open('build-box');
      await ann.createSession({ name: 'work' });
      const named = { session: 'work', name: 'lane', runs_on: { hosts: ['here', 'build-box'] } };
      const stream = await ann.createStream(named);
      const ids = (await box.listHosts()).map(({ id }) => id);
      assert.deepEqual(stream.runs_on, { hosts: ids });
      await refused(ann.updateStream('lane', { runs_on: { hosts: ['no-box'] } }), 'not_found', /no-box/);
      await refused(ann.updateStream('lane', { runs_on: { labels: [] } }), 'invalid_field');
    }));

  it('run what was added on them with its environment', () =>
    withNamedHosts(async ({ open }) => {
      const ann = await open('ann-laptop');
      const box = await open('build-box');
      await ann.createSession({ name: 'work' });
      await ann.createStream({ session: 'work', name: 'lane', runs_on: 'any' });
      const { task } = await ann.enqueue({ stream: 'lane', ...withEnvironment });
      const { task: other } = await ann.enqueue({ stream: 'lane', ...command });
      assert.equal(await box.claimNext('lane'), null);
      await refused(box.claimTask(task.id), 'not_ready', /ann-laptop/);
      assert.equal((await ann.claimNext('lane'))?.task.id, task.id);
      assert.equal((await box.claimNext('lane'))?.task.id, other.id);
    }));

  it('wait for those that are silent, or queue their runs again where the stream says so', () =>
    withNamedHosts(async ({ open, clock }) => {
      const ann = await open('ann-laptop');
      const box = await open('build-box');
      await ann.createSession({ name: 'work' });
      for (const [name, lost_host] of [
        ['patient', 'wait'],
        ['urgent', 'requeue'],
      ] as const) {
        await ann.createStream({ session: 'work', name, runs_on: 'any', lost_host });
        await ann.enqueue({ stream: name, tool_name: 'llm-haiku' });
      }
      const patient = await box.claimNext('patient');
      const urgent = await box.claimNext('urgent');
      assert.ok(patient && urgent);
      // The process of that host is gone, and says nothing any more.
      fallSilent(box);
      clock.advance(80 * second);
      await beatOf(ann);
      assert.equal(await stateOf(ann, 'build-box'), 'present');
      const again = nextEvent(ann, 'task.updated');
      clock.advance(20 * second);
      await again;
      assert.equal(await stateOf(ann, 'build-box'), 'silent');
      assert.equal((await ann.getTask(patient.task.id)).status, 'running');
      const back = await ann.getTask(urgent.task.id);
      assert.deepEqual([back.status, back.attempts, back.failures], ['queued', 1, 0]);
      const [attempt] = await ann.listAttempts(back.id);
      assert.deepEqual([attempt?.outcome, attempt?.error?.includes('build-box')], ['lost', true]);
      // What it says later counts no more.
      await refused(box.complete(back.id, { lease: urgent.lease, result_summary: 'ok' }), 'lease_superseded');
      assert.equal((await ann.claimNext('urgent'))?.task.id, back.id);
    }));
});

type WithHosts = { hosts: { stop(): void; beating: Promise<void> } };

/** A host whose process does not run any more. */
function fallSilent(queue: LocalQueue): void {
  (queue as unknown as WithHosts).hosts.stop();
}

/** Resolves when a host has said that it is there, as it was about to. */
function beatOf(queue: LocalQueue): Promise<void> {
  return (queue as unknown as WithHosts).hosts.beating;
}
