import { access } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UnfitOptionError } from './demo-error.ts';

/** Run from sources this is a .ts file, built a .js one, and so is all that is started beside it. */
export const ownExtension = extname(fileURLToPath(import.meta.url));

/** The file at `path` in the repository, which is there in a checkout only. Throws UnfitOptionError where it is not. */
export async function inCheckout(path: string): Promise<string> {
  const file = fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
  try {
    await access(file);
  } catch (error) {
    throw new UnfitOptionError(
      `homes on a router need ${path}, which is part of the repository and not of this package: run the demo in a checkout`,
      { cause: error },
    );
  }
  return file;
}
