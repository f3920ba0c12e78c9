/** What the editor and the documentation know of `sparkq.yml`, told by the schema that validates it. */

import * as z from 'zod';
import { fileSchema } from './schema';

/** A JSON Schema of what may be written in the file. */
export interface JsonSchema {
  [keyword: string]: unknown;
  description?: string;
  default?: unknown;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  anyOf?: JsonSchema[];
}

export interface ConfigKey {
  /** With dots; `<name>` stands for a name that the user chooses. */
  path: string;
  description: string;
  /** As it would be written; null when there is no single one. */
  default: string | null;
}

export function configJsonSchema(): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(fileSchema, {
    io: 'input',
    target: 'draft-7',
    // Where text is made of what was written, zod takes the default for one of the made text and leaves it out.
    override({ zodSchema, jsonSchema }) {
      const fallback = z.globalRegistry.get(zodSchema)?.default;
      if (fallback !== undefined) jsonSchema.default = fallback as typeof jsonSchema.default;
    },
  });
  return { $schema, title: 'sparkq.yml', description: 'Configuration of SparkQ', ...(rest as JsonSchema) };
}

/** Every key that has a value of its own, in the order of the schema. */
export function configKeys(): ConfigKey[] {
  return keysBelow(configJsonSchema(), '');
}

function keysBelow(schema: JsonSchema, prefix: string): ConfigKey[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]) =>
    keysOf(value, `${prefix}${name}`),
  );
}

function keysOf(schema: JsonSchema, path: string): ConfigKey[] {
  const shapes = [schema, ...(schema.anyOf ?? [])];
  const mapping = shapes.find(({ properties }) => properties);
  if (mapping) return keysBelow(mapping, `${path}.`);
  const named = shapes
    .map(({ additionalProperties }) => additionalProperties)
    .find((value) => typeof value === 'object');
  const inner = typeof named === 'object' ? keysOf(named, `${path}.<name>`) : [];
  if (inner.some((key) => key.path !== `${path}.<name>`)) return inner;
  const fallback = schema.default === undefined ? null : JSON.stringify(schema.default).replaceAll('"', '');
  return [{ path, description: schema.description ?? '', default: fallback }];
}
