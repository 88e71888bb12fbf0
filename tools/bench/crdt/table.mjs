// The report as Markdown.

const rows = [
  ['setAdd', 'add every element'],
  ['setRemove', 'remove every element'],
  ['setEncode', 'encode'],
  ['setDecode', 'decode, and look one element up'],
  ['setMergeDelta', 'merge the changes of a peer (10 elements)'],
  ['setMergeState', 'merge the whole state of a peer (10 elements differ)'],
  ['mapSet', 'map: set every key twice'],
];

export function table({ node, results, limitSeconds }, subjects, sizes) {
  const of = (subject, size) => results.find((r) => r.subject === subject && r.size === size);
  const lines = [
    `Node ${node}. Milliseconds; in brackets how many times ours. "—": not offered, or out after ${limitSeconds} s at this or a smaller size.`,
    '',
  ];
  for (const size of sizes) {
    lines.push(`### ${size.toLocaleString('en')} elements`, '');
    lines.push(`| | ${subjects.join(' | ')} |`, `|---|${subjects.map(() => '---:|').join('')}`);
    const ours = of('macula', size) ?? {};
    const row = (key, title, digits) => {
      const cells = subjects.map((subject) => cell(of(subject, size)?.[key], ours[key], digits));
      lines.push(`| ${title} | ${cells.join(' | ')} |`);
    };
    for (const [key, title] of rows) row(key, title, 2);
    if (size === 1_000) {
      row('counter', 'counter: 10,000 increments', 2);
      row('churnMs', 'churn: 20,000 operations on 1,000 live elements', 2);
      row('churnBytes', 'bytes encoded after that churn', 0);
    }
    row('encodedBytes', 'bytes encoded', 0);
    row('bytesPerElement', 'JS memory, bytes per element', 0);
    row('rssPerElement', 'process memory, bytes per element', 0);
    lines.push('');
  }
  const long = of('macula', 1_000);
  if (long?.longChurnMs !== undefined) {
    lines.push(
      `After ${long.longChurnOperations.toLocaleString('en')} operations on 1,000 live elements, in ${(long.longChurnMs / 1_000).toFixed(1)} s, ` +
        `ours holds ${long.longChurnElements.toLocaleString('en')} elements in ${long.longChurnBytes.toLocaleString('en')} bytes; ` +
        `freshly added they take ${long.encodedBytes.toLocaleString('en')}.`,
      '',
    );
  }
  return `${lines.join('\n')}\n`;
}

function cell(value, ours, digits) {
  if (value === undefined || value === null) return '—';
  const text = value.toLocaleString('en', {
    ...(value < 1 && digits > 0
      ? { maximumSignificantDigits: 2 }
      : { maximumFractionDigits: digits }),
  });
  if (typeof ours !== 'number' || ours === value || ours <= 0) return text;
  return `${text} (${(value / ours).toLocaleString('en', { maximumSignificantDigits: 2 })}×)`;
}
