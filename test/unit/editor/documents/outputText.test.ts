import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { TaskDetail } from '../../../../src/core/model';
import { english } from '../../../../src/core/translator';
import { layOutOutput, readSection } from '../../../../src/editor/documents/outputText';
import { OutputWriter, readOutput } from '../../../../src/store/outputFiles';
import { withFolder } from '../../../support/folders';

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

describe('the text of an output', () => {
  it('starts with the outcome, and has a foldable section for each stream that is not empty', () => {
    const { text, sections } = layOutOutput(
      task,
      2,
      [
        { name: 'stdout', parts: [{ text: 'one\ntwo\n', from: 0, to: 8 }], size: 8, dropped: null },
        { name: 'stderr', parts: [], size: 0, dropped: null },
      ],
      null,
      english,
    );
    assert.match(text, /State: {4}could not start/);
    assert.match(text, /Error: {4}bash: not found\n/);
    assert.doesNotMatch(text, /stderr/);
    const lines = text.split('\n');
    assert.deepEqual(
      sections.map(({ start, end }) => [lines[start], lines[end]]),
      [['── stdout (8 bytes) ──', 'two']],
    );
  });

  it('says which commit it ran on', () => {
    const { text } = layOutOutput(task, 2, [], 'claimed at abc1234 (dirty), now def5678', english);
    assert.match(text, /^Git: {6}claimed at abc1234 \(dirty\), now def5678$/m);
  });

  describe('that is incomplete', () => {
    /** The lines of stdout if this many bytes are kept and the last `most` are shown. */
    const linesOf = (printed: string, limit: number, most: number) =>
      withFolder(async (storage) => {
        await fs.mkdir(path.join(storage, 'output'));
        const writer = new OutputWriter({ storage, task: task.id, attempt: 1, stream: 'stdout', limit });
        await writer.append(Buffer.from(printed));
        await writer.finish();
        const section = await readSection('stdout', most, (offset, size) =>
          readOutput(storage, task.id, 1, { stream: 'stdout', offset, limit: size }, true),
        );
        const { text, sections } = layOutOutput(task, 1, [section], null, english);
        const { start = 0, end = 0 } = sections[0] ?? {};
        return text.split('\n').slice(start + 1, end + 1);
      });

    it('says which bytes were not kept, and shows what surrounds them', async () => {
      assert.deepEqual(await linesOf('head\n0123456789tail\n', 10, 100), [
        'head',
        '[bytes 5 to 17 were dropped because the output exceeded its limit]',
        'il',
      ]);
    });

    it('does not call bytes dropped that were kept', async () => {
      assert.deepEqual(await linesOf('head\n0123456789tail\n', 100, 5), [
        '[bytes 0 to 15 are not shown here]',
        'tail',
      ]);
      assert.deepEqual(await linesOf('head\n0123456789tail\n', 10, 2), [
        '[bytes 0 to 5 are not shown here]',
        '[bytes 5 to 17 were dropped because the output exceeded its limit]',
        '[bytes 17 to 18 are not shown here]',
        'l',
      ]);
    });
  });

  it('says that there is no output', () => {
    assert.match(layOutOutput(task, 1, [], null, english).text, /\nNo output\.\n$/);
  });
});
