// One contender in this process: node measure.mjs <contender> <nodes> <lookups>. Prints one line of JSON.
const [contender, nodes, most] = process.argv.slice(2);
const count = Number(nodes);
const {
  create,
  mostNames = count,
  mostLookups = Infinity,
} = await import(`./contenders/${contender}.mjs`);
const lookups = Math.min(Number(most), mostLookups);
const names = Math.min(count, mostNames);

const begin = performance.now();
const mesh = await create(count);
const joined = performance.now() - begin;
for (let at = 0; at < names; at++) await mesh.announce(at, `name ${at}`);

/** Always the same pairs of reader and key, for everybody. */
let state = 12345;
const draw = (below) => {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};

const first = [];
const whole = [];
const messages = [];
let found = 0;
// The first tenth warms up what has to be warm.
const warmUp = Math.ceil(lookups / 10);
for (let i = -warmUp; i < lookups; i++) {
  const name = draw(names);
  const reader = (name + 1 + draw(count - 1)) % count;
  const start = performance.now();
  const result = await mesh.lookup(reader, `name ${name}`);
  const end = performance.now();
  if (i < 0) continue;
  if (result.found) found++;
  if (result.found) first.push(result.first - start);
  whole.push(end - start);
  messages.push(result.messages);
}

const at = (values, share) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];
const figures = {
  contender,
  found,
  lookups: whole.length,
  joinMs: joined / count,
  firstMedianMs: at(first, 0.5),
  firstP99Ms: at(first, 0.99),
  wholeMedianMs: at(whole, 0.5),
  wholeP99Ms: at(whole, 0.99),
  messages: messages.reduce((a, b) => a + b, 0) / messages.length,
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
await Promise.race([mesh.close(), new Promise((resolve) => setTimeout(resolve, 5_000))]);
process.exit(0);
