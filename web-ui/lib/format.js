/* Dates, times and quantities as the reader's language writes them. */
import { locale } from "./i18n.js";
import { decimalSign } from "./money.js";

export function formatTime(timestamp, timeZone) {
  return new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit", timeZone })
    .format(new Date(timestamp));
}

export function formatDateTime(timestamp, timeZone) {
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short", timeZone })
    .format(new Date(timestamp));
}

/** "2026-11-22" as a long date. */
export function formatDay(day) {
  return new Intl.DateTimeFormat(locale(), { dateStyle: "full", timeZone: "UTC" })
    .format(new Date(`${day}T00:00:00Z`));
}

/** Today in the store's time zone, as YYYY-MM-DD. */
export function todayIn(timeZone, now = new Date()) {
  // Swedish writes dates as ISO 8601 does.
  return new Intl.DateTimeFormat("sv-SE", { timeZone }).format(now);
}

/** Moves a YYYY-MM-DD by whole days. */
export function shiftDay(day, days) {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/** "1.25" as "1,25" where that is how decimals are written. */
export function formatDecimal(text) {
  return String(text).replace(".", decimalSign());
}

export function formatCount(number) {
  return new Intl.NumberFormat(locale()).format(number);
}
