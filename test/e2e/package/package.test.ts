import { useStage } from '../support/stage';
import { mainPath } from './mainPath';
import { opening } from './opening';
import { review } from './review';

describe('The published package', () => {
  const stage = useStage({ packaged: true });
  opening(stage);
  // Looks at the first terminal.
  mainPath(stage);
  review(stage);
});
