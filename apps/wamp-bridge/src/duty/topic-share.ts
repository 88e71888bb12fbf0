/**
 * Which of several bridges carries a topic: the one with the highest score for it (rendezvous hashing, Thaler and Ravishankar 1998).
 * Everybody comes to the same answer, and where a bridge comes or goes only its own topics move.
 */
export function carrierOf(topic: string, bridges: Iterable<string>): string | undefined {
  let best: string | undefined;
  let highest = -1;
  for (const bridge of bridges) {
    const score = scoreOf(`${bridge} ${topic}`);
    if (score > highest || (score === highest && best !== undefined && bridge < best)) {
      best = bridge;
      highest = score;
    }
  }
  return best;
}

/** FNV-1a over the text's code units, with the last step of MurmurHash3 to spread what differs late. */
function scoreOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
