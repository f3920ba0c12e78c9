import { useStage } from '../support/stage';
import { addSchedule } from './addSchedule';
import { notifications } from './notifications';
import { payload } from './payload';
import { pinning } from './pinning';
import { walkthrough } from './walkthrough';

describe('What becomes a task', () => {
  const stage = useStage();
  // Counts what was done in the window before.
  walkthrough(stage);
  pinning(stage);
  addSchedule(stage);
  payload(stage);
  // Turns them off.
  notifications(stage);
});
