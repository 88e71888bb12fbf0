// Which layer may import which (design: ARCHITECTURE.md). A package's layer is the tag in its package.json.
// Nothing imports upward; overlays never import each other, so that each can be taken alone.
const mayImport = {
  core: [],
  wire: ['core'],
  identity: ['core', 'wire'],
  transport: ['core', 'wire', 'identity'],
  overlay: ['core', 'wire', 'identity'],
  testkit: ['core', 'wire'],
  node: ['core', 'wire', 'identity', 'transport', 'overlay'],
};

/** Layers whose tests may use testkit; those below it cannot, it depends on them. */
const testedWithTestkit = ['transport', 'overlay', 'node', 'testkit'];

const constraint = (layer, allowed) => ({
  sourceTag: `layer:${layer}`,
  onlyDependOnLibsWithTags: allowed.map((name) => `layer:${name}`),
});

/** Options of @nx/enforce-module-boundaries for sources, or for tests. */
export function layerRules({ tests }) {
  const layers = Object.entries(mayImport).map(([layer, allowed]) =>
    constraint(
      layer,
      tests && testedWithTestkit.includes(layer) ? [...allowed, 'testkit'] : allowed,
    ),
  );
  return {
    enforceBuildableLibDependency: true,
    allow: [],
    // node loads it when it is to have WAMP clients; who always needs it imports it.
    checkDynamicDependenciesExceptions: ['@macula/wamp'],
    depConstraints: [...layers, { sourceTag: 'layer:app', onlyDependOnLibsWithTags: ['*'] }],
  };
}
