// Time and randomness are services (Clock, Random in @macula/core): code that reads the system's runs neither in
// virtual time nor from a seed. Only packages/core/src/system may touch what is named here.
const useClock = (what) => `Take a Clock (@macula/core) and use ${what}.`;
const useRandom = (what) => `Take a Random (@macula/core) and use ${what}.`;

const timers = ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'];

export const systemGlobals = {
  globals: [
    { name: 'performance', message: useClock('now()') },
    ...timers.map((name) => ({ name, message: useClock('setTimer(), or a TimerWheel') })),
    { name: 'setImmediate', message: useClock('defer()') },
    { name: 'clearImmediate', message: useClock('defer()') },
  ],
  checkGlobalObject: true,
};

export const systemProperties = [
  { object: 'Date', property: 'now', message: useClock('wallTime(), or now() for durations') },
  { object: 'Math', property: 'random', message: useRandom('next() or integer()') },
  { object: 'process', property: 'hrtime', message: useClock('now()') },
  { object: 'process', property: 'uptime', message: useClock('now()') },
  ...['randomUUID', 'getRandomValues'].map((property) => ({
    object: 'crypto',
    property,
    message: useRandom('bytes()'),
  })),
];

/** Allowed in tests of real sockets and processes, as a limit on how long they may hang. */
export const systemDeadline = {
  object: 'AbortSignal',
  property: 'timeout',
  message: useClock('withDeadline()'),
};

export const systemImports = {
  paths: [
    ...['node:timers', 'node:timers/promises', 'timers', 'timers/promises'].map((name) => ({
      name,
      message: useClock('setTimer()'),
    })),
    ...['node:perf_hooks', 'perf_hooks'].map((name) => ({ name, message: useClock('now()') })),
    {
      name: 'node:crypto',
      importNames: [
        'randomBytes',
        'randomFill',
        'randomFillSync',
        'randomInt',
        'randomUUID',
        'getRandomValues',
      ],
      message: useRandom('bytes() or integer()'),
    },
  ],
};

export const systemSyntax = [
  {
    selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
    message: useClock('wallTime()'),
  },
  { selector: 'CallExpression[callee.name="Date"]', message: useClock('wallTime()') },
];
