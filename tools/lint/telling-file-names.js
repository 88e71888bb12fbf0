// A file is named for the one concept in it. These names hold anything, and soon do.
import { basename } from 'node:path';

const empty = /^(?:types|common|misc|stuff)$|(?:^|-)(?:utils?|helpers?|manager)$/;

export const tellingFileNames = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: { empty: 'The name {{name}} says nothing: name the file for the concept in it.' },
  },
  create(context) {
    const name = basename(context.filename);
    const stem = name.replace(/\..*$/, '');
    return {
      Program(node) {
        if (empty.test(stem)) context.report({ node, messageId: 'empty', data: { name } });
      },
    };
  },
};
