const number = (digits: number): Intl.NumberFormat =>
  new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const whole = number(0);
const tenths = number(1);
const hundredths = number(2);

/** `1,234` */
export const count = (value: number): string => whole.format(value);
/** `270.8 kWh` */
export const kilowattHours = (wh: number): string => `${tenths.format(wh / 1_000)} kWh`;
/** `$59.90` */
export const dollars = (usd: number): string =>
  `${usd < 0 ? '-' : ''}$${hundredths.format(Math.abs(usd))}`;
/** `47.0 kg` */
export const kilograms = (kg: number): string => `${tenths.format(kg)} kg`;
/** `0.82 ms` */
export const milliseconds = (ms: number): string => `${hundredths.format(ms)} ms`;
