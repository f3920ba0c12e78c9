import { compareOnServer } from '../support/postgres/model';

describe('a queue on a server against a model', () => {
  it('agrees after random operations and restarts', () => compareOnServer(1, 1));
});
