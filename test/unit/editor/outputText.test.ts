import assert from 'node:assert/strict';
import type { TaskDetail } from '../../../src/core/model';
import { layOutOutput } from '../../../src/editor/outputText';

const task = {
  id: 'tsk_0123456789ab',
  label: 'hello.sh',
  tool_name: 'run-bash',
  status: 'failed',
  failure_kind: 'could_not_start',
  result_summary: null,
  error: 'bash: not found\nsecond line',
  attempts: 2,
} as TaskDetail;

describe('layOutOutput', () => {
  it('says the verdict in words and folds each stream that spoke', () => {
    const { text, sections } = layOutOutput(task, 2, [
      { name: 'stdout', text: 'one\ntwo\n', size: 8, dropped: null },
      { name: 'stderr', text: '', size: 0, dropped: null },
    ]);
    assert.match(text, /State: {4}failed \(could not start\)/);
    assert.match(text, /Error: {4}bash: not found\n/);
    assert.doesNotMatch(text, /stderr/);
    const lines = text.split('\n');
    assert.deepEqual(
      sections.map(({ start, end }) => [lines[start], lines[end]]),
      [['── stdout (8 bytes) ──', 'two']],
    );
  });

  it('says where git stood', () => {
    const { text } = layOutOutput(task, 2, [], 'claimed at abc1234 (dirty), now def5678');
    assert.match(text, /^Git: {6}claimed at abc1234 \(dirty\), now def5678$/m);
  });

  it('says which bytes were not kept', () => {
    const { text } = layOutOutput(task, 1, [
      { name: 'stderr', text: 'end', size: 100, dropped: { from: 10, to: 97 } },
    ]);
    assert.match(text, /bytes 10 to 97 were not kept/);
  });

  it('says so when there is no output', () => {
    assert.match(layOutOutput(task, 1, []).text, /\nNo output\.\n$/);
  });
});
