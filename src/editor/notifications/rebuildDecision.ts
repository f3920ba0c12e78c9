/** What of a folder's queue is gone when the container that this window is in is made anew. Pure. */

import { type Mount, outlivesContainer } from '../../system/mounts';

/** What `vscode.env.remoteName` says of windows in a container that is made anew from its image; a WSL is not. */
const containers: readonly (string | undefined)[] = ['dev-container', 'attached-container', 'codespaces'];

export interface Surroundings {
  /** Of the window. */
  remoteName: string | undefined;
  mounts: readonly Mount[];
  /** Real path of the storage folder. */
  storage: string;
  /** Real path of the user folder. */
  home: string;
}

export interface Losses {
  queue: boolean;
  /** What has been confirmed, and which queues there are. */
  userFolder: boolean;
}

export function lossesOfRebuild({ remoteName, mounts, storage, home }: Surroundings): Losses {
  // Where the system does not tell what is mounted, nothing is known.
  const told = containers.includes(remoteName) && mounts.length > 0;
  return {
    queue: told && !outlivesContainer(storage, mounts),
    userFolder: told && !outlivesContainer(home, mounts),
  };
}
