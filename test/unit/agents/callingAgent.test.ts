import assert from 'node:assert/strict';
import { agentIn, agentOfProgram } from '../../../src/agents/callingAgent';

describe('The agent that has started a program', () => {
  it('is told from its environment', () => {
    assert.equal(agentIn({ CLAUDECODE: '1', PATH: '/bin' }), 'claude');
    assert.equal(agentIn({ CODEX_THREAD_ID: 'x' }), 'codex');
    assert.equal(agentIn({ CODEX_SANDBOX: 'seatbelt' }), 'codex');
    assert.equal(agentIn({ PATH: '/bin', CLAUDECODE: '' }), undefined);
  });

  it('is told from the name of its client', () => {
    const names = ['claude-code', 'codex-mcp-client', 'Cursor-VSCode', 'Visual Studio Code', ''];
    assert.deepEqual(names.map(agentOfProgram), ['claude', 'codex', 'cursor', undefined, undefined]);
  });
});
