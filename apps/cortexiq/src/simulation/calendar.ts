/**
 * Which hour of which day an `hour_index` is, in the data set's local time. Hour 0 is the last one of 31 July. The data do not
 * name the year; 2016, whose 31 July is a Sunday, stands for it.
 */
const beginsAt = Date.UTC(2016, 6, 31, 23);
const hourMs = 3_600_000;
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** When the hour begins, as ISO 8601 local time: `2016-07-31T23:00:00`. */
export function timestampOf(hourIndex: number): string {
  return new Date(beginsAt + hourIndex * hourMs).toISOString().slice(0, 19);
}

/** For people: `31 Jul 23:00`. */
export function hourLabel(hourIndex: number): string {
  const date = new Date(beginsAt + hourIndex * hourMs);
  const hour = String(date.getUTCHours()).padStart(2, '0');
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${hour}:00`;
}
