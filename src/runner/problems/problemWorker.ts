/** Program of the worker thread that looks for problems: a pattern may take forever, and is then ended with it. */

import { answerOrder } from '../../store/engine/thread';
import { type FoundProblems, findInOutput, type ProblemSearch } from './outputProblems';

void answerOrder<ProblemSearch, FoundProblems>(findInOutput);
