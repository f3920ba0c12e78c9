/** The promises of every door, with the queue on PostgreSQL and its owner asked over HTTP. */

import { httpDoor } from '../conformance/httpDoor';
import { Owner } from '../conformance/owner';
import { tryDoor } from '../conformance/tryDoor';
import { onNewSchema } from '../support/postgres/hosts';

tryDoor('postgres over HTTP', async () => ({
  ...httpDoor(await Owner.open(onNewSchema)),
  name: 'postgres over HTTP',
}));
