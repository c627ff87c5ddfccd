const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A time for a person, in this machine's zone: `22:26`, on another day than `now` `Nov 28 22:26`. Both are epoch ms. */
export function toLocalTime(at: number, now: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, "0");
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return date.toDateString() === new Date(now).toDateString()
    ? time
    : `${MONTHS[date.getMonth()]} ${date.getDate()} ${time}`;
}
