/*
 * Amounts are integers in minor units (cents) of an ISO 4217 currency.  They
 * become text by moving the decimal point in their digits, never by division,
 * so what the till shows is exactly what the server computed.
 */
import { locale } from "./i18n.js";

const formats = new Map();

function formatOf(currency) {
  const key = `${locale()} ${currency}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale(), { style: "currency", currency });
    formats.set(key, format);
  }
  return format;
}

/** How many decimals a currency has: EUR 2, JPY 0, KWD 3. */
export function currencyDecimals(currency) {
  return new Intl.NumberFormat("en", { style: "currency", currency })
    .resolvedOptions().maximumFractionDigits;
}

/** 1250 as "12.50": the decimal string of a minor amount. */
export function minorToDecimal(minor, decimals) {
  const negative = minor < 0;
  const digits = String(negative ? -minor : minor).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const text = decimals ? `${whole}.${digits.slice(-decimals)}` : whole;
  return negative ? `-${text}` : text;
}

/** 1250 EUR as "12,50 €" or "€12.50", as the reader's language has it. */
export function formatMoney(minor, currency) {
  // Intl takes the decimal string exactly; old engines read it as a number,
  // which is exact far beyond what a till holds.
  return formatOf(currency).format(minorToDecimal(minor, currencyDecimals(currency)));
}

/** 1250 as "12.50" or "12,50", without the currency: for input fields. */
export function formatPlain(minor, currency) {
  const decimals = currencyDecimals(currency);
  return minorToDecimal(minor, decimals).replace(".", decimalSign());
}

export function decimalSign() {
  const parts = new Intl.NumberFormat(locale()).formatToParts(1.5);
  return parts.find((part) => part.type === "decimal").value;
}

export function currencySymbol(currency) {
  return formatOf(currency).formatToParts(0).find((part) => part.type === "currency").value;
}

/** What a person typed as an amount ("12,5", "12.50") in minor units, or null. */
export function parseMoney(text, currency) {
  const decimals = currencyDecimals(currency);
  const match = /^(\d{0,10})(?:[.,](\d*))?$/.exec(String(text).trim());
  if (!match || (match[1] === "" && !match[2])) return null;
  const fraction = match[2] ?? "";
  if (fraction.length > decimals) return null;
  return Number((match[1] || "0") + fraction.padEnd(decimals, "0"));
}
