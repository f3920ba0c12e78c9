/** Approval: what a task would start, and whether it may. */

import { oneBatch, oneTask, planned } from '../answerSchemas';
import { approval, batchApproval, changedRun, denial } from '../inputSchemas';
import type { Router } from '../router';

export function addApprovalRoutes(router: Router): void {
  const routes = router.group('approvals');
  routes.forward('planRun', 'Say what a queued task would start now', planned);
  routes.forward(
    'approve',
    'Let a task start that waits for approval: what was shown, and no other',
    oneTask,
    {
      input: approval,
    },
  );
  routes.forward('approveBatch', 'Approve the tasks of a batch that wait for it, all or none', oneBatch, {
    input: batchApproval,
  });
  routes.forward('deny', 'Fail a task that waits for approval, as denied', oneTask, { input: denial });
  routes.forward(
    'returnForApproval',
    'Undo the claim of a task that would start something else than was approved; spends no attempt',
    oneTask,
    { input: changedRun },
  );
}
