/** The same cases by the command line. */

import { cliDoor } from './cliDoor';
import { Owner } from './owner';
import { tryDoor } from './tryDoor';

tryDoor('cli', async () => cliDoor(await Owner.open()));
