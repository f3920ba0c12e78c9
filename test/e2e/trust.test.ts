import assert from 'node:assert/strict';
import { useStage } from './stage';

describe('In a workspace that is not trusted', () => {
  const stage = useStage({
    workspaceTrust: true,
    settings: {
      'security.workspace.trust.startupPrompt': 'never',
      'security.workspace.trust.banner': 'never',
    },
  });

  it('nothing runs, and the views say why', async () => {
    const { workbench } = stage();
    await workbench.openContainer('SparkQ');
    const { welcome } = workbench.view('Queue');
    await welcome.getByText('Nothing runs in this folder until you trust it').waitFor();
    await welcome.getByRole('button', { name: 'Manage Workspace Trust' }).waitFor();
    await workbench.screenshot('untrusted');
  });

  it('the palette offers nothing that runs', async () => {
    const { workbench } = stage();
    assert.equal(await workbench.offers('SparkQ: Show Log'), true);
    for (const title of ['Run Script', 'Run Now', 'Start Worker']) {
      assert.equal(await workbench.offers(`SparkQ: ${title}`), false, title);
    }
  });
});
