export default {
  resolve: { conditions: ['@macula/source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['@macula/source', 'node', 'import', 'default'] } },
  test: { include: ['test/runners/*.vitest.ts'], watch: false },
};
