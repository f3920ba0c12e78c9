/** The promises of every door, with the queue on PostgreSQL. */

import { openLocalDoor } from '../conformance/localDoor';
import { tryDoor } from '../conformance/tryDoor';
import { onNewSchema } from '../support/postgres/hosts';

tryDoor('postgres', async () => ({ ...(await openLocalDoor(onNewSchema)), name: 'postgres' }));
