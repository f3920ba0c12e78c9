/** Program of the worker thread that reads or rewrites the archive. */

import { answerOrder } from '../engine/thread';
import { type ArchiveOrder, carryOut } from './archiveOrders';

void answerOrder<ArchiveOrder, unknown>(carryOut);
