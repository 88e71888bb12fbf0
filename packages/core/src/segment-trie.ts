/** A place in the trie. Collections are absent while empty: most nodes have one child or one value. */
class Node<T> {
  readonly segment: string;
  readonly parent: Node<T> | undefined;
  /** Children by segment. Wildcards stand among them under their own names, which no topic's segment has. */
  children: Map<string, Node<T>> | undefined;
  values: Set<T> | undefined;

  constructor(segment: string, parent?: Node<T>) {
    this.segment = segment;
    this.parent = parent;
  }
}

/** Wildcard patterns by their segments: `*` stands for one segment, a last `**` for any rest, also none. */
export class SegmentTrie<T> {
  readonly #root = new Node<T>('');

  get isEmpty(): boolean {
    return this.#root.children === undefined;
  }

  /** Nodes below the root. */
  get nodeCount(): number {
    return countBelow(this.#root);
  }

  add(segments: readonly string[], value: T): void {
    let node = this.#root;
    for (const segment of segments) {
      node.children ??= new Map();
      let child = node.children.get(segment);
      if (child === undefined) {
        child = new Node(segment, node);
        node.children.set(segment, child);
      }
      node = child;
    }
    node.values ??= new Set();
    node.values.add(value);
  }

  /** Removes `value` and the nodes that only it needed. */
  remove(segments: readonly string[], value: T): void {
    let node: Node<T> | undefined = this.#root;
    for (const segment of segments) node = node?.children?.get(segment);
    if (node?.values?.delete(value) !== true) return;
    if (node.values.size === 0) node.values = undefined;
    while (node?.parent !== undefined && !node.values && !node.children) {
      const { parent }: Node<T> = node;
      parent.children?.delete(node.segment);
      if (parent.children?.size === 0) parent.children = undefined;
      node = parent;
    }
  }

  /** Calls `visitor` with the values of every pattern that matches `topic`. */
  visit(topic: string, visitor: (values: ReadonlySet<T>) => void): void {
    visitBelow(this.#root, topic.split('.'), 0, visitor);
  }
}

/** Depth is bounded by the patterns' segments, which Pattern bounds. */
function visitBelow<T>(
  node: Node<T>,
  segments: readonly string[],
  depth: number,
  visitor: (values: ReadonlySet<T>) => void,
): void {
  const { children } = node;
  if (depth === segments.length && node.values !== undefined) visitor(node.values);
  if (children === undefined) return;
  const rest = children.get('**');
  if (rest?.values !== undefined) visitor(rest.values);
  if (depth === segments.length) return;
  const exact = children.get(segments[depth] as string);
  if (exact !== undefined) visitBelow(exact, segments, depth + 1, visitor);
  const any = children.get('*');
  if (any !== undefined) visitBelow(any, segments, depth + 1, visitor);
}

function countBelow<T>(node: Node<T>): number {
  let count = 0;
  for (const child of node.children?.values() ?? []) count += 1 + countBelow(child);
  return count;
}
