/** The JSON Schema and the list of keys of `sparkq.yml`, generated from the schema that validates it. */

import * as z from 'zod';
import { fileSchema } from './schema';

/** A JSON Schema of the file. */
export interface JsonSchema {
  [keyword: string]: unknown;
  description?: string;
  default?: unknown;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  anyOf?: JsonSchema[];
}

export interface ConfigKey {
  /** Dotted; `<name>` stands for a user-defined name. */
  path: string;
  description: string;
  /** As written in the file; null if there is no single default. */
  default: string | null;
}

export function configJsonSchema(): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(fileSchema, {
    io: 'input',
    target: 'draft-7',
    // zod omits the default of a transformed value, so it is added here.
    override({ zodSchema, jsonSchema }) {
      const fallback = z.globalRegistry.get(zodSchema)?.default;
      if (fallback !== undefined) jsonSchema.default = fallback as typeof jsonSchema.default;
    },
  });
  return { $schema, title: 'sparkq.yml', description: 'Configuration of SparkQ', ...(rest as JsonSchema) };
}

/** Every key that has a value, in the order of the schema. */
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
