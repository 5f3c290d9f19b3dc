/* Numbers and times as the page's language and the reader's time zone write them. */

// The server writes "10 Mar 2026": English as it is written outside America.
const { lang } = document.documentElement;
export const language = lang === "en" ? "en-GB" : lang;
export const timeZone = knownTimeZone(document.body.dataset.timeZone || "UTC");

/* An old browser may not know a new zone: its own is the best guess. */
function knownTimeZone(name) {
  try {
    return new Intl.DateTimeFormat(language, { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return new Intl.DateTimeFormat(language).resolvedOptions().timeZone;
  }
}

const NO_BREAK = "\u00a0";

export const formatNumber = (value, most = 2, least = most) =>
  new Intl.NumberFormat(language, {
    minimumFractionDigits: least,
    maximumFractionDigits: most,
  }).format(value);
export const formatPower = (kw) => `${formatNumber(kw)}${NO_BREAK}kW`;
export const formatLimit = (value, unit = "kW") => `${formatNumber(value, 3, 0)}${NO_BREAK}${unit}`;
export const formatQuantity = (value, unit) => `${formatNumber(value)}${NO_BREAK}${unit}`;

export function formatOver(powerKw, limitKw) {
  const percent = 100 * (powerKw / limitKw - 1);
  return `+${formatNumber(percent, percent >= 10 ? 0 : 1)}%`;
}

const date = (parts) =>
  new Intl.DateTimeFormat(language, { timeZone, hourCycle: "h23", ...parts });
const CLOCK = { hour: "2-digit", minute: "2-digit" };
const DAY = { day: "numeric", month: "short" };

export const formatClock = (at) => date(CLOCK).format(at);
export const formatSeconds = (at) => date({ ...CLOCK, second: "2-digit" }).format(at);
export const formatDay = (at) => date(DAY).format(at);
export const formatWhen = (at) => date({ ...DAY, ...CLOCK }).format(at);

export function formatSpan(startedAt, endedAt) {
  const second = endedAt - startedAt < 10 * 60_000 ? "2-digit" : undefined;
  return date({ ...DAY, year: "numeric", ...CLOCK, second }).formatRange(startedAt, endedAt);
}

export const formatDays = (startedAt, endedAt) =>
  date({ ...DAY, year: "numeric" }).formatRange(startedAt, endedAt);

/* Minutes since midnight that the reader's clock shows. */
export function minutesOfDay(at) {
  const parts = Object.fromEntries(
    date({ hour: "numeric", minute: "numeric" })
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  return parts.hour * 60 + parts.minute;
}
