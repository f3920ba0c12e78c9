/** What the cases of HTTP alone have in common. */

import assert from 'node:assert/strict';
import type { Answer } from '../../support/httpAnswer';
import type { HttpClient } from '../httpClient';
import { refusalOf } from '../httpDoor';
import type { Owner } from '../owner';
import type { RowId } from '../rows';

export interface HttpCase {
  name: string;
  rows: readonly RowId[];
  run(http: HttpClient, owner: Owner): Promise<void>;
}

/** Asserts that the answer is a refusal with this word and, where given, this sentence. */
export function refused(answer: Answer, code: string, sentence?: RegExp): void {
  const refusal = refusalOf(answer);
  assert.equal(refusal.facts.code, code, answer.text);
  if (sentence) assert.match(refusal.message, sentence);
}
