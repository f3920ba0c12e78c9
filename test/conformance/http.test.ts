/** What HTTP alone promises. */

import { httpCases } from './cases/all';
import { HttpClient } from './httpClient';
import { Owner, ownerToken } from './owner';

describe('The promises of HTTP', () => {
  let owner: Owner;
  before(async () => {
    owner = await Owner.open();
  });
  after(() => owner.close());
  for (const one of httpCases) it(one.name, () => one.run(new HttpClient(owner.port, ownerToken), owner));
});
