import type { EngineKind } from './engine';
import { graphileWorker, graphileWorkerMany } from './graphileWorker';
import { pgBoss, pgBossMany } from './pgBoss';
import { sparkq, sparkqMany } from './sparkq';

export const kinds: readonly EngineKind[] = [
  sparkq,
  pgBoss,
  graphileWorker,
  sparkqMany,
  pgBossMany,
  graphileWorkerMany,
];
