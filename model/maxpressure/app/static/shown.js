// Numbers and days as the page shows them.

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY = 86_400_000; // milliseconds

/** The whole number that is nearest; of two, the even one, as Python writes it. */
function whole(value) {
  const near = Math.round(value);
  return Math.abs(value % 1) === 0.5 && near % 2 ? near - 1 : near;
}

/** A number with so many decimals, a minus that is as wide as a plus, and no negative zero. */
export function number(value, decimals = 0) {
  const written = decimals ? Math.abs(value).toFixed(decimals) : String(whole(Math.abs(value)));
  return value < 0 && Number(written) !== 0 ? `−${written}` : written;
}

/** A difference, which always has a sign unless it is nothing. */
export const signed = (value, decimals = 0) => {
  const written = number(value, decimals);
  return value > 0 && Number(written) !== 0 ? `+${written}` : written;
};

/** A share as a whole per cent; what is not quite none or not quite all says so. */
export function percent(share) {
  if (share > 0 && share < 0.005) return "under 1 %";
  if (share < 1 && share > 0.995) return "over 99 %";
  return `${whole(100 * share)} %`;
}

/** The date of an ISO day, at midnight UTC. */
export const date = (iso) => new Date(`${iso}T00:00:00Z`);

/** A day in words: 3 Sep 2017. */
export const day = (when) => `${when.getUTCDate()} ${MONTHS[when.getUTCMonth()]} ${when.getUTCFullYear()}`;

/** The last day of the week that ends before this ISO day, in words. */
export const dayBefore = (iso) => day(new Date(date(iso).getTime() - DAY));
