/** Checks of paths in a configuration, a script or a task. Text only: the disk is not read. */

/** Whether a relative path, with slashes of either kind, stays inside its base folder. */
export function isInside(name: string): boolean {
  const path = name.trim().replaceAll('\\', '/');
  return path !== '' && !path.startsWith('/') && !/^[a-z]:/i.test(path) && !path.split('/').includes('..');
}
