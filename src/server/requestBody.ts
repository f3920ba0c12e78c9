/** Reads the JSON body of a request, within its limits. */

import type { IncomingMessage } from 'node:http';
import { messageOf, QueueError } from '../core/errors';
import { bodyLimit } from '../core/protocol';

/** No real payload is nested deeper, and some code that handles it later is recursive. */
const depthLimit = 200;
const noBytes = Buffer.alloc(0);
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * The parsed body; undefined when there is none.
 * @throws QueueError `too_large`, `unsupported_type`, `invalid_field`
 */
export async function readJsonBody(incoming: IncomingMessage): Promise<unknown> {
  const bytes = await readBytes(incoming);
  if (bytes.length === 0) return undefined;
  checkType(incoming.headers['content-type']);
  const text = decode(bytes);
  if (text.trim() === '') return undefined;
  checkDepth(text);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new QueueError(
      'invalid_field',
      `Invalid body: not JSON (${messageOf(error)})`,
      'Send one JSON object',
    );
  }
}

/** @throws QueueError `invalid_field` where JSON text is nested too deeply */
export function checkDepth(text: string): void {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (inString) {
      if (letter === '\\') at += 1;
      else if (letter === '"') inString = false;
    } else if (letter === '"') inString = true;
    else if (letter === '{' || letter === '[') {
      depth += 1;
      if (depth > depthLimit) {
        throw new QueueError('invalid_field', `Invalid body: nested more than ${depthLimit} levels deep`);
      }
    } else if (letter === '}' || letter === ']') depth -= 1;
  }
}

/** Listens to the stream's events: its async iterator costs more than everything else done with a small body. */
function readBytes(incoming: IncomingMessage): Promise<Buffer> {
  const { 'content-length': length, 'transfer-encoding': encoding } = incoming.headers;
  if (encoding === undefined && (length === undefined || length === '0')) return Promise.resolve(noBytes);
  if (Number(length ?? 0) > bodyLimit) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= bodyLimit) chunks.push(chunk);
      else reject(tooLarge());
    });
    incoming.on('end', () => resolve(Buffer.concat(chunks)));
    incoming.on('error', reject);
    incoming.on('close', () => {
      if (!incoming.complete) reject(new QueueError('invalid_field', 'Invalid body: cut off'));
    });
  });
}

function tooLarge(): QueueError {
  return new QueueError('too_large', `Body is larger than ${bodyLimit} bytes`);
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
