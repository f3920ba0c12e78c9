import assert from 'node:assert/strict';
import { killAgents } from '../support/agents/agentKills';

describe('killed agents', () => {
  it('leave each task with one accepted result, and hold none past its lease', async () => {
    const { kills, accepted, lost } = await killAgents(3, 1, 40);
    assert.ok(kills > 1, `${kills} kills are too few to prove anything`);
    assert.ok(accepted > 30, `${accepted} tasks were done by agents`);
    assert.ok(lost <= kills, `${lost} attempts were lost by ${kills} kills`);
  });
});
