import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Command, CommandRequest } from '../../../src/runner/command/command';
import { PayloadFiles } from '../../../src/runner/command/payloadFiles';
import { pinnedCheck } from '../../../src/runner/pinnedCheck';
import type { CheckCall } from '../../../src/runner/runFiles';
import { whyCheckChanged } from '../../../src/runner/supervisor/pinnedFiles';
import { useFolder } from '../../support/folders';
import { aTask } from '../../support/sampleRows';

const call: CheckCall = { file: 'check', args: [], verbatim: false, text: './check.sh' };

describe('the check of a run in a worktree', () => {
  const folder = useFolder('work', 'tree');
  const at = (...names: string[]) => path.join(folder(), ...names);
  const pinned = (name: string) => {
    const folders = { workspace: at('work'), storage: at('work'), others: () => [] };
    const task = aTask({ payload: '{}', payload_json: {}, verify: [name] });
    const request = { task, tool: undefined, folders } as unknown as CommandRequest;
    const command = { check: call, cwd: at('tree') } as Command;
    return pinnedCheck(command, request, true, new PayloadFiles(folders));
  };

  it('is the copy there, as long as that is what the workspace had when the run began', async () => {
    fs.writeFileSync(at('work', 'check.sh'), 'false');
    fs.writeFileSync(at('tree', 'check.sh'), 'false');
    const check = await pinned('./check.sh');
    assert.ok(check);
    assert.equal(whyCheckChanged(check), null);
    fs.writeFileSync(at('work', 'check.sh'), 'true');
    assert.equal(whyCheckChanged(check), null);
    fs.writeFileSync(at('tree', 'check.sh'), 'true');
    const sentence = `${at('tree', 'check.sh')} is not as ${at('work', 'check.sh')} was when the run began`;
    assert.ok(whyCheckChanged(check)?.includes(sentence));
    fs.rmSync(at('tree', 'check.sh'));
    assert.equal(whyCheckChanged(check), null);
  });

  it('may be built by the run, or be no file of the workspace', async () => {
    fs.writeFileSync(at('outside.sh'), 'true');
    for (const name of ['./built.sh', 'npm', at('outside.sh')]) assert.equal(await pinned(name), call);
  });
});
