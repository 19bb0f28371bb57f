/* Light, dark, or as the system says ("auto"); kept by this browser. */
import { local } from "./storage.js";

export const THEMES = ["auto", "light", "dark"];

export function currentTheme() {
  const theme = local.get("theme", "auto");
  return THEMES.includes(theme) ? theme : "auto";
}

export function setTheme(theme) {
  local.set("theme", theme);
  applyTheme();
}

export function applyTheme() {
  const theme = currentTheme();
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
