/** Paths that a configuration, a script or a task names. Text only: nothing is looked up. */

/** Whether a relative path, with slashes of either kind, stays inside the folder that it is relative to. */
export function isInside(name: string): boolean {
  const path = name.trim().replaceAll('\\', '/');
  return path !== '' && !path.startsWith('/') && !/^[a-z]:/i.test(path) && !path.split('/').includes('..');
}
