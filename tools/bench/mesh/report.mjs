// Prints figures and ratios as tables.

const rows = [
  ['1 to 1, messages/s', 'one.messagesPerSecond', 'more'],
  ['1 to 1, publisher CPU µs/message', 'one.publisherCpu', 'less'],
  ['1 to 1, subscriber CPU µs/message', 'one.subscriberCpu', 'less'],
  ['1 to 1, lost', 'one.lost', 'count'],
  ['paced 1,000/s, p50 µs', 'one.latencyP50', 'less'],
  ['paced 1,000/s, p99 µs', 'one.latencyP99', 'less'],
  ['1 to 10, deliveries/s', 'ten.deliveriesPerSecond', 'more'],
  ['1 to 10, lost', 'ten.lost', 'count'],
  ['1 to 10 paced, p50 µs', 'ten.latencyP50', 'less'],
  ['calls/s, 64 in flight', 'calls.callsPerSecond', 'more'],
  ['one call, p50 µs', 'calls.callP50', 'less'],
  ['one call, p99 µs', 'calls.callP99', 'less'],
];

const number = (value) =>
  value === null || value === undefined
    ? '-'
    : value >= 1_000
      ? Math.round(value).toLocaleString('en-US')
      : String(Math.round(value * 10) / 10);

/** How many times better Macula is: above 1 is ahead, for rates as for latencies. */
function ratio(macula, other, better) {
  if (better === 'count' || !macula || !other) return '';
  return ` (${(better === 'more' ? macula / other : other / macula).toFixed(2)}x)`;
}

/** What has been measured, as lines. */
export const figures = (result) =>
  rows.flatMap(([title, key]) => (key in result ? [`${title}: ${number(result[key])}`] : []));

export function printContenders({ node, runs, contenders }) {
  const names = Object.keys(contenders);
  const ours = contenders.macula ?? {};
  const lines = [['', ...names]];
  for (const [title, key, better] of rows) {
    lines.push([
      title,
      ...names.map(
        (name) =>
          number(contenders[name][key]) +
          (name === 'macula' ? '' : ratio(ours[key], contenders[name][key], better)),
      ),
    ]);
  }
  printTable(lines);
  console.log(
    `128 B messages, processes on loopback, Node ${node}, median of ${runs}. In brackets: how far Macula is ahead (above 1) or behind.`,
  );
}

export function printLinks(links) {
  console.log('');
  if (Object.keys(links).length === 0) return console.log('Links: nothing could be measured.');
  printTable(
    Object.entries(links).map(([title, value]) => [
      title,
      typeof value === 'number' ? number(value) : value,
    ]),
  );
}

export function printTable(lines) {
  const widths = lines[0].map((_, column) =>
    Math.max(...lines.map((line) => String(line[column] ?? '').length)),
  );
  for (const line of lines) {
    console.log(
      line
        .map((cell, column) =>
          column === 0 ? String(cell).padEnd(widths[0]) : String(cell).padStart(widths[column]),
        )
        .join('  ')
        .trimEnd(),
    );
  }
}
