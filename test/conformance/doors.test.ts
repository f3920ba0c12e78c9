/** The same cases through the queue itself and over HTTP. */

import { httpDoor } from './httpDoor';
import { openLocalDoor } from './localDoor';
import { Owner } from './owner';
import { tryDoor } from './tryDoor';

tryDoor('local', openLocalDoor);
tryDoor('http', async () => httpDoor(await Owner.open()));
