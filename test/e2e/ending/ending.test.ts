import { useStage } from '../support/stage';
import { crash, preparePatience } from './crash';
import { twoWindows } from './twoWindows';
import { prepareRuns, walkAway } from './walkAway';

describe('What outlasts a window', () => {
  const stage = useStage({
    prepare: async (place) => {
      prepareRuns(place);
      await preparePatience(place);
    },
  });
  walkAway(stage);
  crash(stage);
  // Closes the window.
  twoWindows(stage);
});
