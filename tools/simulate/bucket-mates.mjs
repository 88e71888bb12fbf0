// Whom Kademlia's buckets hold in a mesh that has been up for long, without the cost of ten thousand joins.

/** For the node at `at` of `sorted`, nodes in the order of their IDs: up to `k` random ones for each of its buckets. */
export function bucketMates(sorted, at, k, random) {
  const { id } = sorted[at];
  const mates = [];
  let [from, to] = [0, sorted.length];
  for (let bit = 0; to - from > 1; bit++) {
    // Nodes of a bucket lie side by side: those that share the bits before this one, and differ in it.
    const border = firstWithBit(sorted, bit, from, to);
    const isSet = hasBit(id, bit);
    const [low, high] = isSet ? [from, border] : [border, to];
    const chosen = new Set();
    while (chosen.size < Math.min(k, high - low)) {
      chosen.add(high - low <= k ? low + chosen.size : low + random.integer(high - low));
    }
    for (const position of chosen) mates.push(sorted[position]);
    [from, to] = isSet ? [border, to] : [from, border];
  }
  return mates;
}

function firstWithBit(sorted, bit, from, to) {
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (hasBit(sorted[middle].id, bit)) to = middle;
    else from = middle + 1;
  }
  return from;
}

function hasBit({ bytes }, bit) {
  return (bytes[bit >> 3] & (0x80 >> (bit & 7))) !== 0;
}
