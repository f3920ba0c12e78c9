import assert from 'node:assert/strict';
import { progressText } from '../../../../src/cli/commands/workers/watchProgress';
import { ProgressLine } from '../../../../src/cli/terminal/progressLine';
import { toInstant } from '../../../../src/core/clock';
import { aTask } from '../../../support/sampleRows';

const now = Date.UTC(2026, 0, 31, 10);

describe('The progress of a watched stream', () => {
  const running = (fields: object) =>
    aTask({ status: 'running', label: 'make test', started_at: toInstant(now - 65_000), ...fields });

  it('says what runs, how far and for how long, and what is queued', () => {
    assert.equal(progressText([running({})], 0, now), 'make test (1m)');
    assert.equal(
      progressText(
        [running({ progress: 40, progress_message: 'linking\nlibs' }), running({ label: 'b' })],
        3,
        now,
      ),
      'make test (40% 1m): linking libs; b (1m); 3 queued',
    );
    assert.equal(progressText([running({ suspended: true })], 0, now), 'make test (suspended 1m)');
    assert.equal(progressText([], 0, now), 'Waiting for tasks');
    assert.equal(progressText([], 2, now), 'Waiting; 2 queued');
  });

  it('lets no name act on the terminal', () => {
    assert.equal(progressText([running({ label: 'a\u001b[2Jb' })], 0, now), 'a␛[2Jb (1m)');
  });

  it('is drawn on a terminal only, in one line that makes room for others', () => {
    const written: string[] = [];
    const write = (text: string) => written.push(text);
    new ProgressLine({ write }).draw('x');
    assert.deepEqual(written, []);
    const line = new ProgressLine({ isTTY: true, columns: 8, write });
    line.draw('make test');
    line.draw('make test');
    line.above(() => write('done\n'));
    const drawn = '\r\u001b[2Kmake t…';
    assert.deepEqual(written, [drawn, '\r\u001b[2K', 'done\n', drawn]);
  });
});
