/** What is mounted where, as Linux tells it. */

import { existsSync, readFileSync, statSync } from 'node:fs';
import { pathInside } from './paths';

export interface Mount {
  /** The folder where it is mounted. */
  point: string;
  /** The folder of its file system that is seen there. */
  root: string;
  /** Such as ext4, overlay or tmpfs. */
  type: string;
}

/** Of file systems that are made with a container, or are no disk. */
const passingTypes =
  /^(overlay|tmpfs|ramfs|proc|sysfs|devtmpfs|devpts|mqueue|cgroup2?|securityfs|debugfs|tracefs|bpf|pstore|nsfs|fuse\.lxcfs)$/;

/** The mounts in the text of `/proc/self/mountinfo`, in the order in which they were made. */
export function parseMounts(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    // 36 35 98:0 /root /point options optional-fields - type source options
    const [first = '', second = ''] = line.split(' - ');
    const [, , , root, point] = first.split(' ').map(unescaped);
    const [type = ''] = second.split(' ');
    return root === undefined || point === undefined || type === '' ? [] : [{ point, root, type }];
  });
}

/** The mounts of this process; none where the system does not tell. */
export function readMounts(): Mount[] {
  try {
    return parseMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  } catch {
    return [];
  }
}

/** The mount that a folder is in, by its real path. */
export function mountOf(folder: string, mounts: readonly Mount[]): Mount | undefined {
  return mounts
    .filter(({ point }) => pathInside(point, folder) !== null)
    .reduce<Mount | undefined>(
      (best, mount) => (best === undefined || mount.point.length >= best.point.length ? mount : best),
      undefined,
    );
}

/** Whether this process is in a container, by what container engines and dev containers leave to see. */
export function inContainer(
  env: Readonly<Record<string, string | undefined>>,
  exists: (file: string) => boolean = existsSync,
): boolean {
  const said = [env.CODESPACES, env.REMOTE_CONTAINERS, env.DEVCONTAINER].some(
    (value) => value !== undefined && value !== '' && value !== 'false',
  );
  return said || exists('/.dockerenv') || exists('/run/.containerenv');
}

/**
 * Whether a folder is still there once this container was made anew from its image: it is in a mount, and not in one that
 * goes with the container, as memory does, or a volume to which nobody gave a name.
 */
export function outlivesContainer(folder: string, mounts: readonly Mount[]): boolean {
  const mount = mountOf(folder, mounts);
  if (mount === undefined || mount.point === '/') return false;
  if (passingTypes.test(mount.type)) return false;
  return !/\/volumes\/[0-9a-f]{64}\/_data(\/|$)/.test(mount.root);
}

/** The folders of mounts that outlive the container, except for single files, which engines mount as well. */
export function lastingFolders(mounts: readonly Mount[]): string[] {
  const points = mounts.map(({ point }) => point).filter((point) => outlivesContainer(point, mounts));
  return [...new Set(points)].filter((point) => statSync(point, { throwIfNoEntry: false })?.isDirectory());
}

/** Blanks, tabs, line breaks and backslashes are octal there. */
function unescaped(word: string): string {
  return word.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));
}
