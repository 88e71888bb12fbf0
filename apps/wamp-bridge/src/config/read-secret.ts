import { readFile } from 'node:fs/promises';
import type { SecretConfig } from './bridge-schema.ts';
import { ConfigError } from './config-error.ts';

/** The secret itself, from where the configuration says. Throws ConfigError, which never shows it. */
export async function readSecret(
  secret: SecretConfig,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  if ('env' in secret) {
    const value = environment[secret.env];
    if (value !== undefined && value !== '') return value;
    throw problem(`the variable ${secret.env} is not set: it must hold the secret`);
  }
  try {
    const value = (await readFile(secret.file, 'utf8')).trim();
    if (value !== '') return value;
  } catch (error) {
    throw problem(`the secret in ${secret.file} cannot be read: ${(error as Error).message}`);
  }
  throw problem(`the file ${secret.file} is empty: it must hold the secret`);
}

function problem(message: string): ConfigError {
  return new ConfigError('config', [{ path: '', line: undefined, column: undefined, message }]);
}
