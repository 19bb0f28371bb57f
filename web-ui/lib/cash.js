/*
 * Notes and coins: what lies in a drawer, and what a customer is likely to hand over.
 *
 * For an amount due, each note and coin gives one candidate: the next multiple
 * of it.  Those that nobody would hand over, because the notes that make it up
 * contain one that could stay in the purse, are left out.
 */
import { currencyDecimals } from "./money.js";

const MAX_SUGGESTIONS = 4;

// Notes and large coins in major units, as far as they circulate.
const DENOMINATIONS = {
  EUR: [1, 2, 5, 10, 20, 50, 100, 200],
  USD: [1, 5, 10, 20, 50, 100],
  GBP: [1, 2, 5, 10, 20, 50],
  CHF: [1, 2, 5, 10, 20, 50, 100, 200],
  CAD: [1, 2, 5, 10, 20, 50, 100],
  AUD: [1, 2, 5, 10, 20, 50, 100],
  JPY: [100, 500, 1000, 5000, 10000],
  SEK: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
  NOK: [1, 5, 10, 20, 50, 100, 200, 500, 1000],
  DKK: [1, 2, 5, 10, 20, 50, 100, 200, 500],
  PLN: [1, 2, 5, 10, 20, 50, 100, 200, 500],
  CZK: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000],
};
const DEFAULT_DENOMINATIONS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

// Small coins in minor units: below one major unit, or below the notes of a currency without decimals.
const COINS = {
  EUR: [1, 2, 5, 10, 20, 50],
  USD: [1, 5, 10, 25, 50],
  GBP: [1, 2, 5, 10, 20, 50],
  CHF: [5, 10, 20, 50],
  CAD: [5, 10, 25],
  AUD: [5, 10, 20, 50],
  JPY: [1, 5, 10, 50],
  SEK: [],
  NOK: [],
  DKK: [50],
  PLN: [1, 2, 5, 10, 20, 50],
  CZK: [],
};
const DEFAULT_COINS = [1, 2, 5, 10, 20, 50]; // hundredths of a major unit

function denominationsOf(currency) {
  const unit = 10 ** currencyDecimals(currency);
  return (DENOMINATIONS[currency] ?? DEFAULT_DENOMINATIONS).map((major) => major * unit);
}

/** What may lie in a drawer, in minor units, the largest first. */
export function drawerDenominations(currency) {
  const hundredth = 10 ** (currencyDecimals(currency) - 2);
  const coins = COINS[currency] ?? (hundredth < 1 ? [] : DEFAULT_COINS.map((coin) => coin * hundredth));
  return [...denominationsOf(currency), ...coins].sort((a, b) => b - a);
}

/** The fewest notes that make up an amount, largest first, or null when none do. */
function notesFor(amount, denominations) {
  const notes = [];
  let rest = amount;
  for (const note of [...denominations].sort((a, b) => b - a)) {
    while (rest >= note && notes.length < 40) {
      notes.push(note);
      rest -= note;
    }
  }
  return rest === 0 ? notes : null;
}

/** Amounts above `due`, in ascending order: at most four. */
export function cashSuggestions(due, currency) {
  if (due <= 0) return [];
  const denominations = denominationsOf(currency);
  const candidates = new Set(denominations.map((note) => Math.ceil(due / note) * note));
  candidates.delete(due);
  return [...candidates]
    .sort((a, b) => a - b)
    .filter((amount) => {
      const notes = notesFor(amount, denominations);
      return notes !== null && notes.every((note) => amount - note < due);
    })
    .slice(0, MAX_SUGGESTIONS);
}
