import assert from 'node:assert/strict';
import fs from 'node:fs';
import * as vscode from 'vscode';
import { type Background, backgroundOf } from '../../../src/client/background';
import { settings } from '../../../src/contributions';
import { makeLane, openQueue } from '../editor';

/** Resolves once the background process of a queue is as it should be. */
function becomes(storage: string, fits: (now: Background | null) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!fits(backgroundOf(storage))) return;
      watcher.close();
      resolve();
    };
    const watcher = fs.watch(storage, look);
    look();
  });
}

describe('The process that goes on without this window', () => {
  const change = (setting: string, value: string | undefined) =>
    vscode.workspace.getConfiguration().update(setting, value, vscode.ConfigurationTarget.Global);
  const names = [settings.background, settings.keepAwake];
  const before = new Map<string, string | undefined>();
  beforeEach(() => {
    const all = vscode.workspace.getConfiguration();
    for (const name of names) before.set(name, all.inspect<string>(name)?.globalValue);
  });
  afterEach(async () => {
    for (const [name, value] of before) await change(name, value);
  });

  it('keeps the machine awake as the setting says, also where that changes', async () => {
    const queue = await openQueue();
    const { storage } = await queue.status();
    const { stream } = await makeLane(queue, 'awake');
    await queue.updateStream(stream.id, { working: true });
    const { id } = await queue.createSchedule({
      ...{ stream: stream.id, cron: '0 0 1 1 *', zone: 'UTC' },
      ...{ tool_name: 'run-command', payload: { argv: ['true'] } },
    });
    const begun = becomes(storage, (now) => now?.keep_awake === 'never');
    await change(settings.background, 'whileWork');
    await begun;
    const first = backgroundOf(storage)?.pid;
    const replaced = becomes(storage, (now) => now?.keep_awake === 'whileRunning');
    await change(settings.keepAwake, 'whileRunning');
    await replaced;
    assert.notEqual(backgroundOf(storage)?.pid, first);
    const ended = becomes(storage, (now) => now === null);
    await queue.removeSchedule(id);
    await ended;
  });
});
