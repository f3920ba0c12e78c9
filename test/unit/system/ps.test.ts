import assert from 'node:assert/strict';
import { parsePs } from '../../../src/system/ps';

describe('what ps prints', () => {
  it('is read as macOS pads it, whatever blanks the time has', () => {
    const text = [
      '    1     0     1 Ss   Mon Nov 24 08:12:01 2025    ',
      ' 4711  4700  4711 S+   Mon Nov  3 18:00:59 2025    ',
      ' 4712  4711  4711 Z+   Mon Nov  3 18:01:00 2025    ',
      '99999     1 99999 ?Es  Mon Nov  3 18:01:00 2025    ',
      '',
    ].join('\n');
    assert.deepEqual(parsePs(text), [
      { pid: 1, parent: 0, group: 1, zombie: false, started: 'Mon Nov 24 08:12:01 2025' },
      { pid: 4711, parent: 4700, group: 4711, zombie: false, started: 'Mon Nov  3 18:00:59 2025' },
      { pid: 4712, parent: 4711, group: 4711, zombie: true, started: 'Mon Nov  3 18:01:00 2025' },
      { pid: 99999, parent: 1, group: 99999, zombie: false, started: 'Mon Nov  3 18:01:00 2025' },
    ]);
  });

  it('is nothing where it is not a list', () => {
    assert.deepEqual(parsePs('ps: Operation not permitted\n  PID  PPID\n'), []);
  });
});
