/** A `command` of sparkq.yml that is one text, and looks as if it were a program with its arguments. */

/**
 * What to write instead, for a text that names one program; null if it looks like one. The path of a program on Windows
 * often has spaces.
 * @param forShell how a shell reads it
 */
export function commandLineHint(command: string, forShell = 'shell: true'): string | null {
  const words = command.trim().split(/\s+/);
  if (words.length < 2 || /^[a-z]:[\\/]/i.test(command)) return null;
  // What YAML or a shell would read in another way is not repeated.
  const plain = words.every((word) => /^[\w./=+-]+$/.test(word));
  const list = plain ? `a list, [${words.join(', ')}],` : 'a list of a program and its arguments,';
  return `To pass arguments, use ${list} or ${forShell}.`;
}
