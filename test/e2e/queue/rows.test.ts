import { useStage } from '../support/stage';
import { approving } from './approving';
import { arranging } from './arranging';
import { dragAndDrop } from './dragAndDrop';
import { groupMenus } from './groupMenus';
import { plan } from './plan';

describe('The rows of the Queue view', () => {
  const stage = useStage();
  arranging(stage);
  groupMenus(stage);
  approving(stage);
  plan(stage);
  // Moves the view to another container.
  dragAndDrop(stage);
});
