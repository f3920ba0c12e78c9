import assert from 'node:assert/strict';
import { terminalEnvironment } from '../../../../src/editor/workspace/terminalEnvironment';

const own = { PATH: '/bin', VIRTUAL_ENV: '/venv', HOME: '/home/ann', EMPTY: '' };
const placed = (name: string) => `\${${name}}`;

describe('The environment of a command from the editor', () => {
  it('is what decides which programs are found', () => {
    assert.deepEqual(terminalEnvironment(own, {}, '/work'), { PATH: '/bin', VIRTUAL_ENV: '/venv' });
    assert.deepEqual(terminalEnvironment({}, {}, '/work'), {});
  });

  it('follows the setting of terminals', () => {
    const configured = {
      PATH: `${placed('workspaceFolder')}/bin:${placed('env:PATH')}:${placed('env:GONE')}`,
      VIRTUAL_ENV: null,
      STAGE: 'test',
      API_TOKEN: 'x',
      ODD: 5,
      ASKED: placed('input:name'),
    };
    assert.deepEqual(terminalEnvironment(own, configured, '/work'), {
      PATH: '/work/bin:/bin:',
      STAGE: 'test',
    });
  });
});
