/** Reads the JSON body of a request, within its limits. */

import type { IncomingMessage } from 'node:http';
import { messageOf, QueueError } from '../core/errors';
import { bodyLimit } from '../core/protocol';
import { checkDepthOfFields, tooLarge } from '../core/validation';

export const noBody: JsonBody = { text: '', value: undefined };
const noBytes = Buffer.alloc(0);
const decoder = new TextDecoder('utf-8', { fatal: true });

/** A body as it was sent and as it was parsed. */
export interface JsonBody {
  text: string;
  value: unknown;
}

/**
 * The body; its value is undefined when there is none.
 * @param level how deep in it the fields are: 1 for its own members
 * @throws QueueError `too_large`, `unsupported_type`, `invalid_field`
 */
export async function readJsonBody(incoming: IncomingMessage, level: number): Promise<JsonBody> {
  const bytes = await readBytes(incoming);
  if (bytes.length === 0) return noBody;
  checkType(incoming.headers['content-type']);
  const text = decode(bytes);
  if (text.trim() === '') return noBody;
  checkDepthOfFields(text, level);
  try {
    return { text, value: JSON.parse(text) };
  } catch (error) {
    throw new QueueError(
      'invalid_field',
      `Invalid body: not JSON (${messageOf(error)})`,
      'Send one JSON object',
    );
  }
}

/** Listens to the stream's events: its async iterator costs more than everything else done with a small body. */
function readBytes(incoming: IncomingMessage): Promise<Buffer> {
  const { 'content-length': length, 'transfer-encoding': encoding } = incoming.headers;
  if (encoding === undefined && (length === undefined || length === '0')) return Promise.resolve(noBytes);
  if (Number(length ?? 0) > bodyLimit) return Promise.reject(tooLarge('Body', bodyLimit));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= bodyLimit) chunks.push(chunk);
      else reject(tooLarge('Body', bodyLimit));
    });
    incoming.on('end', () => resolve(Buffer.concat(chunks)));
    incoming.on('error', reject);
    incoming.on('close', () => {
      if (!incoming.complete) reject(new QueueError('invalid_field', 'Invalid body: cut off'));
    });
  });
}

function checkType(header: string | undefined): void {
  const type = header?.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/json' || type?.endsWith('+json')) return;
  throw new QueueError('unsupported_type', `Content type ${type ?? '(none)'} is not supported`);
}

function decode(bytes: Buffer): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new QueueError('invalid_field', 'Invalid body: not UTF-8', 'Send one JSON object as UTF-8');
  }
}
