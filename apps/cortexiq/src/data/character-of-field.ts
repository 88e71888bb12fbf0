/** The character, from 1, at which the field with this index begins in a CSV record. A field past the end begins after it. */
export function characterOfField(record: string, index: number): number {
  const line = record.replace(/\r?\n$/, '');
  let quoted = false;
  let fields = 0;
  for (let at = 0; at < line.length && fields < index; at++) {
    if (line[at] === '"') quoted = !quoted;
    else if (line[at] === ',' && !quoted && ++fields === index) return at + 2;
  }
  return index === 0 ? 1 : line.length + 1;
}
