/**
 * A host that may be killed: `node hostProgram.js STORAGE PROGRAMS CLAIM_JSON`. It prints a line when it is ready, starts
 * the run of the claim when it gets one on stdin, and manages the run until it is killed.
 */

import { fixedConfig } from '../../../src/core/config';
import { silentLog } from '../../../src/core/log';
import type { Claim } from '../../../src/core/model';
import { Runner } from '../../../src/runner/runner';
import { FakeQueue } from './fakeQueue';

const [, , storage = '', programs = '', claim = ''] = process.argv;
const fake = new FakeQueue();
// Its queue never answers, so that this process cannot report the end of the run.
fake.complete = () => new Promise(() => {});
fake.fail = () => new Promise(() => {});

const runner = new Runner({
  queue: fake.queue,
  storage,
  workspace: storage,
  config: fixedConfig(),
  programs,
  log: silentLog,
});
process.stdin.once('data', () => runner.start(JSON.parse(claim) as Claim));
console.log('ready');
