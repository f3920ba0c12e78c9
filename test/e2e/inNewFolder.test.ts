import fs from 'node:fs/promises';
import path from 'node:path';
import { otherFolders } from './folders/otherFolders';
import { mainPathByKeyboard } from './keyboard';
import { useStage } from './support/stage';

describe('In a folder that never had a queue', () => {
  const stage = useStage({ prepare: (place) => fs.rm(path.join(place.workspace, 'sparkq.yml')) });
  mainPathByKeyboard(stage);
  // Leaves another window open.
  otherFolders(stage);
});
