// Lets Node run the workspace's TypeScript sources as they are, also versions that cannot strip types themselves:
//   node --conditions=@macula/source --import ./tools/typescript-loader.mjs file.ts
// For tests that start processes and for the README's examples; what is published is built with tsc.
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
