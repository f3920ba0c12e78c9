/** Batches: tasks that were queued together. */

import { manyBatches, oneBatch } from '../answerSchemas';
import { batchFilter } from '../inputSchemas';
import type { Router } from '../router';

export function addBatchRoutes(router: Router): void {
  const routes = router.group('batches');
  routes.forward('listBatches', 'List batches, newest first', manyBatches, { input: batchFilter });
  routes.forward('getBatch', 'Get a batch', oneBatch);
  routes.forward('cancelBatch', 'Cancel what has not finished of a batch, and what waits for it', oneBatch);
  routes.forward('retryBatch', 'Requeue what failed of a batch, and let a stopped one go on', oneBatch);
}
