import { z } from 'zod';
import { bridgeSchema } from './bridge-schema.ts';

/** The JSON Schema of the configuration: what editors check and complete by. */
export function configSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(bridgeSchema, { io: 'input', unrepresentable: 'any' });
  return { title: 'macula-wamp-bridge', ...schema };
}
