import { prepareForAgents, settingUpAgents } from './agents/setUp';
import { dashboardInEditor } from './dashboard/inEditor';
import { useStage } from './support/stage';
import { everyTheme } from './themes';

describe('In one window', () => {
  const stage = useStage({ prepare: prepareForAgents });
  settingUpAgents(stage);
  dashboardInEditor(stage);
  everyTheme(stage);
});
