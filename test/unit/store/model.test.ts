import { compareWithModel } from '../../support/model/queueModel';

/** Runs of 200 operations; more of them where SPARKQ_MODEL_RUNS says so. */
const runs = Number(process.env.SPARKQ_MODEL_RUNS ?? 5);

describe('The queue against a model', () => {
  it('agrees after random operations and restarts', () => compareWithModel({ runs, length: 200 }));
});
