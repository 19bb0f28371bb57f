/*
 * Texts in the reader's language.  Messages are flat JSON files under i18n/,
 * one a language, with the same keys.  A message is a text with {placeholders},
 * or an object of plural forms chosen by {count}:
 *
 *   "cart.items": {"one": "{count} item", "other": "{count} items"}
 *
 * English is always loaded: it stands in where a translation lacks a key.
 */
export const LANGUAGES = { en: "English", de: "Deutsch" };
const FALLBACK = "en";

let language = FALLBACK;
let region = FALLBACK;
let plurals = new Intl.PluralRules(FALLBACK);
const messages = {};

/** The wanted language when we have it, otherwise the browser's first that we have. */
export function chooseLanguage(wanted, offered = navigator.languages ?? []) {
  for (const tag of [wanted, ...offered]) {
    const base = tag?.split("-")[0];
    if (base && base in LANGUAGES) return base;
  }
  return FALLBACK;
}

async function load(name) {
  if (messages[name]) return;
  const answer = await fetch(new URL(`../i18n/${name}.json`, import.meta.url));
  if (!answer.ok) throw new Error(`i18n/${name}.json: ${answer.status}`);
  messages[name] = await answer.json();
}

export async function setLanguage(name) {
  await Promise.all([load(FALLBACK), load(name)]);
  language = name;
  // "de-AT" formats numbers as Austria does, also when our texts are just "de".
  region = (navigator.languages ?? []).find((tag) => tag.split("-")[0] === name) ?? name;
  plurals = new Intl.PluralRules(region);
  document.documentElement.lang = name;
}

/** The locale for Intl formats. */
export function locale() {
  return region;
}

/** The language of the texts. */
export function currentLanguage() {
  return language;
}

export function has(key) {
  return key in (messages[language] ?? {}) || key in (messages[FALLBACK] ?? {});
}

export function t(key, values = {}) {
  let message = messages[language]?.[key] ?? messages[FALLBACK]?.[key] ?? key;
  if (typeof message === "object") {
    message = message[plurals.select(Number(values.count))] ?? message.other;
  }
  return message.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}
