import { useStage } from './stage';

describe('Opening the sample workspace', () => {
  const stage = useStage();

  it('shows an empty queue with what to do next', async () => {
    const { workbench } = stage();
    await workbench.openContainer('SparkQ');
    await workbench.view('Queue').welcome.getByRole('button', { name: 'New Session' }).waitFor();
    await workbench.screenshot('empty-queue');
  });

  it('lists the scripts of the workspace by their names', async () => {
    const { workbench } = stage();
    await workbench.openContainer('SparkQ');
    await workbench.view('Scripts').see('Hello');
    await workbench.screenshot('scripts');
  });
});
