import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { ClaimNote, type NotedClaim, takeUntold } from '../../../src/agents/claimNotes';
import { withFolder } from '../../support/folders';

const a: NotedClaim = { task: 'tsk_a', label: 'Tests', conversation: null };
const b: NotedClaim = { task: 'tsk_b', label: null, conversation: null };

const never = () => false;
const mine = { session: 's1', isAbove: never };

describe('The note of what an agent has open', () => {
  it('tells its session of each claim once', () =>
    withFolder(async (home) => {
      const note = new ClaimNote(home, 's1');
      assert.deepEqual(takeUntold(home, mine), []);
      note.write([a]);
      assert.deepEqual(takeUntold(home, { session: 's2', isAbove: never }), []);
      assert.deepEqual(takeUntold(home, mine), [a]);
      assert.deepEqual(takeUntold(home, mine), []);
      note.write([a, b]);
      assert.deepEqual(takeUntold(home, mine), [b]);
      note.write([b]);
      note.write([a, b]);
      assert.deepEqual(takeUntold(home, mine), [a]);
    }));

  it('leaves nothing behind once nothing is open', () =>
    withFolder(async (home) => {
      const note = new ClaimNote(home, 's1');
      note.write([]);
      assert.deepEqual(fs.readdirSync(home), []);
      note.write([a, b]);
      takeUntold(home, mine);
      note.write([]);
      assert.deepEqual(fs.readdirSync(path.join(home, 'claims')), []);
    }));

  it('is of the process that its agent started, where the session has no name', () =>
    withFolder(async (home) => {
      new ClaimNote(home, null).write([a]);
      assert.deepEqual(takeUntold(home, { session: 's1', isAbove: never }), []);
      assert.deepEqual(takeUntold(home, { session: null, isAbove: (pid) => pid === process.pid }), []);
      assert.deepEqual(takeUntold(home, { session: null, isAbove: (pid) => pid === process.ppid }), [a]);
    }));

  it('tells the conversations of one process apart where the client names them', () =>
    withFolder(async (home) => {
      const [ann, bob] = ['ann', 'bob'].map((name) => ({
        ...a,
        task: name,
        conversation: `threadId ${name}`,
      }));
      new ClaimNote(home, 's1').write([ann, bob].filter((one) => one !== undefined));
      assert.deepEqual(takeUntold(home, { session: 's1', isAbove: () => true }), []);
      assert.deepEqual(takeUntold(home, { session: 'bob', isAbove: never }), [bob]);
    }));

  it('of a process that has gone is removed, and one of another machine left alone', () =>
    withFolder(async (home) => {
      const note = new ClaimNote(home, 's1');
      note.write([a]);
      const folder = path.join(home, 'claims');
      const [file = ''] = fs.readdirSync(folder);
      const written = JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8'));
      const put = (name: string, more: object) =>
        fs.writeFileSync(path.join(folder, name), JSON.stringify({ ...written, ...more }));
      const { pid } = spawnSync(process.execPath, ['--version']);
      put('gone.json', { pid });
      put('gone.tsk_a.told', {});
      put('elsewhere.json', { host: 'elsewhere', boot: 'another' });
      put('torn.json', {});
      fs.truncateSync(path.join(folder, 'torn.json'), 5);
      assert.deepEqual(takeUntold(home, mine), [a]);
      assert.deepEqual(
        fs.readdirSync(folder).filter((name) => !name.startsWith(`${process.pid}-`)),
        ['elsewhere.json', 'torn.json'],
      );
    }));
});
