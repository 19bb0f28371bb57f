/*
 * Exact decimal numbers as strings ("1.25"), up to five decimals, as the API
 * writes quantities and rates.  Nothing here passes through floating point.
 */

export const MAX_DECIMALS = 5;
const SCALE = 10n ** BigInt(MAX_DECIMALS);

/**
 * What a person typed ("0,125", " 1.50 ", ".5") as a plain decimal string, or
 * null when it is no number or has more than `decimals` decimals.
 */
export function parse(text, decimals = MAX_DECIMALS) {
  const match = /^(\d{0,9})(?:[.,](\d*))?$/.exec(String(text).trim());
  if (!match || (match[1] === "" && !match[2])) return null;
  const fraction = (match[2] ?? "").replace(/0+$/, "");
  if (fraction.length > decimals) return null;
  const whole = match[1].replace(/^0+(?=\d)/, "") || "0";
  return fraction ? `${whole}.${fraction}` : whole;
}

function scaled(text) {
  const negative = text.startsWith("-");
  const [whole, fraction = ""] = (negative ? text.slice(1) : text).split(".");
  const value = BigInt(whole) * SCALE + BigInt(fraction.padEnd(MAX_DECIMALS, "0"));
  return negative ? -value : value;
}

function unscaled(value) {
  const negative = value < 0n;
  const absolute = negative ? -value : value;
  const fraction = String(absolute % SCALE).padStart(MAX_DECIMALS, "0").replace(/0+$/, "");
  const text = `${absolute / SCALE}${fraction ? `.${fraction}` : ""}`;
  return negative ? `-${text}` : text;
}

export function add(left, right) {
  return unscaled(scaled(left) + scaled(right));
}

export function subtract(left, right) {
  return unscaled(scaled(left) - scaled(right));
}

/** Below 0, 0 or above 0, as left is smaller, equal or greater. */
export function compare(left, right) {
  const difference = scaled(left) - scaled(right);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function isPositive(text) {
  return scaled(text) > 0n;
}
