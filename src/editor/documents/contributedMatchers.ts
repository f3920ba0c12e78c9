/** The problem matchers and patterns that extensions contribute. Pure: it is given what their package.json says. */

import type { Definition } from '../../scripts/problems/builtInMatchers';
import type { Contributed } from '../../scripts/problems/readMatchers';

/** @param packages the parsed package.json of each extension */
export function contributedMatchers(packages: readonly unknown[]): Contributed {
  const named = (section: string) =>
    new Map(
      packages
        .flatMap((one) => listIn(memberOf(memberOf(one, 'contributes'), section)))
        .flatMap((one) => {
          const name = memberOf(one, 'name');
          return typeof name === 'string' ? [[name, one as Definition] as const] : [];
        }),
    );
  const patterns = named('problemPatterns');
  return {
    matchers: named('problemMatchers'),
    // A pattern of several lines has a list of them.
    patterns: new Map([...patterns].map(([name, one]) => [name, memberOf(one, 'patterns') ?? one])),
  };
}

function listIn(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
