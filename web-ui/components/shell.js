/*
 * The frame around every view: where to go, who is signed in, whether the
 * server answers.  A rail on wide screens, a bar with a menu on narrow ones.
 */
import { clientEvents, health_live, isReachable } from "../api/client.js";
import { LANGUAGES, currentLanguage, setLanguage, t } from "../lib/i18n.js";
import { html, fragment } from "../lib/html.js";
import { setSound, soundIsOn } from "../lib/sound.js";
import { local } from "../lib/storage.js";
import { THEMES, currentTheme, setTheme } from "../lib/theme.js";
import { session } from "../stores/session.js";
import { openHelp } from "../views/help.js";
import { openDialog } from "./dialog.js";
import { icon, logo } from "./icon.js";

const PLACES = [
  { route: "sell", icon: "register" },
  { route: "sales", icon: "receipt" },
  { route: "shift", icon: "clock" },
  { route: "products", icon: "box" },
  { route: "customers", icon: "people" },
];
/* What is there for some, and rarely: only in the menu. */
const HIDDEN_PLACES = [{ route: "webhooks", icon: "globe", scope: "webhooks:read" }];
const PROBE_MS = 2500;

function mayGo({ scope }) {
  const scopes = session.state.employee?.scopes ?? [];
  return scopes.includes("admin") || scopes.includes(scope);
}

function placeLink(place) {
  return html`
    <a class="shell-place" href="#/${place.route}" data-route="${place.route}">
      ${icon(place.icon)}<span>${t(`place.${place.route}`)}</span>
    </a>`;
}

function choiceField(name, label, options, chosen) {
  return html`
    <fieldset class="field">
      <legend class="label">${label}</legend>
      <div class="choice">${options.map(([value, text]) => html`
        <label><input type="radio" name="${name}" value="${value}" ?checked="${value === chosen}"><span>${text}</span></label>`)}
      </div>
    </fieldset>`;
}

function menuBody() {
  const { employee, register, store, registers } = session.state;
  return html`
    <div class="menu-person">
      <span class="menu-avatar">${icon("user")}</span>
      <div><strong>${employee?.name}</strong><p class="soft">${store.name} · ${register.name} (${register.code})</p></div>
    </div>
    <nav class="menu-places" aria-label="${t("place.label")}">${PLACES.map(placeLink)}</nav>
    ${choiceField("theme", t("menu.theme"), THEMES.map((theme) => [theme, t(`theme.${theme}`)]), currentTheme())}
    ${choiceField("language", t("menu.language"), Object.entries(LANGUAGES), currentLanguage())}
    ${choiceField("sound", t("menu.sound"), [["on", t("menu.on")], ["off", t("menu.off")]], soundIsOn() ? "on" : "off")}
    <div class="menu-actions">
      ${HIDDEN_PLACES.filter(mayGo).map((place) => html`<a class="button" data-wide href="#/${place.route}">${icon(place.icon)}${t(`place.${place.route}`)}</a>`)}
      ${registers.length > 1 && html`<button type="button" class="button" data-wide data-action="register">${icon("register")}${t("menu.register")}</button>`}
      <button type="button" class="button" data-wide data-action="help">${icon("keyboard")}${t("help.title")}</button>
      <button type="button" class="button" data-wide data-kind="danger" data-action="signout">${icon("signout")}${t("menu.signout")}</button>
    </div>`;
}

async function changeLanguage(name) {
  local.set("language", name);
  await setLanguage(name);
  dispatchEvent(new Event("mypos:restart"));
}

export function openMenu() {
  const dialog = openDialog({ title: t("menu.title"), body: menuBody(), kind: "sheet", name: "menu" });
  dialog.body.addEventListener("change", ({ target }) => {
    if (target.name === "theme") setTheme(target.value);
    if (target.name === "sound") setSound(target.value === "on");
    if (target.name === "language") {
      dialog.close();
      changeLanguage(target.value);
    }
  });
  dialog.body.addEventListener("click", ({ target }) => {
    if (target.closest("a")) dialog.close();
    const action = target.closest("[data-action]")?.dataset.action;
    if (!action) return;
    dialog.close();
    if (action === "help") openHelp();
    if (action === "signout") session.signOut();
    if (action === "register") {
      local.remove("register");
      session.update({ register: null, store: null });
      dispatchEvent(new Event("mypos:restart"));
    }
  });
}

/** Shows that the server is away, and asks for it until it is back. */
function watchServer(status, signal) {
  let timer = 0;
  const probe = () => {
    health_live().catch(() => { timer = setTimeout(probe, PROBE_MS); });
  };
  const show = () => {
    clearTimeout(timer);
    status.hidden = isReachable();
    if (!isReachable()) timer = setTimeout(probe, PROBE_MS);
  };
  clientEvents.addEventListener("reachable", show, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  show();
}

export function mountShell(host, signal) {
  const { register } = session.state;
  host.append(fragment(html`
    <div class="shell">
      <header class="shell-rail">
        <a class="shell-logo" href="#/sell" aria-label="MyPOS">${logo()}<span class="shell-name">MyPOS</span></a>
        <nav class="shell-places" aria-label="${t("place.label")}">${PLACES.map(placeLink)}</nav>
        <span class="shell-title" aria-hidden="true"></span>
        <button type="button" class="shell-place" data-action="help" aria-label="${t("place.help")}">${icon("help")}<span aria-hidden="true">${t("place.help")}</span></button>
        <button type="button" class="shell-place" data-action="menu" aria-haspopup="dialog" aria-label="${t("menu.open", { register: register.code })}">
          ${icon("menu")}<span aria-hidden="true">${register.code}</span>
        </button>
      </header>
      <div class="shell-offline" role="status" hidden>${icon("offline")}<span>${t("offline.banner")}</span></div>
      <main class="shell-main" id="main" tabindex="-1"></main>
    </div>`));
  host.querySelector('[data-action="menu"]').addEventListener("click", openMenu, { signal });
  host.querySelector('[data-action="help"]').addEventListener("click", () => openHelp(), { signal });
  watchServer(host.querySelector(".shell-offline"), signal);

  return {
    main: host.querySelector(".shell-main"),
    setCurrent(route) {
      for (const link of host.querySelectorAll(".shell-places a")) {
        if (link.dataset.route === route) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
      }
      host.querySelector(".shell-title").textContent = t(`place.${route}`);
      document.title = `${t(`place.${route}`)} · MyPOS`;
    },
  };
}
