/** The payload of what a request enqueues, in the text that was sent. */

import type { z } from 'zod';
import { memberText, withMember } from '../../core/exactJson';
import type { newTask } from '../inputSchemas';

type PayloadFields = Pick<z.output<typeof newTask>, 'payload' | 'prompt' | 'prompt_path' | 'metadata'>;

/** The fields of a task as the queue takes them. @param source the JSON text that they were sent in */
export function withPayload<T extends PayloadFields>({ prompt_path, metadata, ...input }: T, source: string) {
  return { ...input, payload: payloadOf({ prompt_path, metadata, ...input }, source) };
}

/** The payload as it was given, else the one that the original API made of a prompt's path and metadata. */
function payloadOf(body: PayloadFields, source: string): string | undefined {
  if (body.payload !== undefined) return asSent(body.payload, source);
  const metadata = body.metadata && memberText(source, 'metadata');
  if (body.prompt !== undefined) return metadata && withMember('{}', 'metadata', metadata);
  const payload = JSON.stringify({ prompt_path: body.prompt_path ?? null, metadata: null });
  return metadata === undefined ? payload : withMember(payload, 'metadata', metadata);
}

/** The text of a payload: of an object that which was sent, because parsing has changed its numbers. */
export function asSent(payload: string | object | undefined, source: string): string | undefined {
  return typeof payload === 'object' ? memberText(source, 'payload') : payload;
}
