/*
 * Signing in: as the first page, and as a dialog over whatever was on the
 * screen when the session ended.
 */
import { openDialog } from "../components/dialog.js";
import { icon, logo } from "../components/icon.js";
import { faultText } from "../components/notice.js";
import { LANGUAGES, currentLanguage, setLanguage, t } from "../lib/i18n.js";
import { fragment, html } from "../lib/html.js";
import { local } from "../lib/storage.js";
import { session } from "../stores/session.js";

function form() {
  return html`
    <form class="login-form" novalidate>
      <div class="field">
        <label for="username">${t("login.username")}</label>
        <input class="input" id="username" name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required>
      </div>
      <div class="field">
        <label for="password">${t("login.password")}</label>
        <input class="input" id="password" name="password" type="password" autocomplete="current-password" required>
      </div>
      <p class="login-fault" role="alert"></p>
      <button class="button" data-kind="primary" data-size="large" data-wide>${t("login.submit")}</button>
    </form>`;
}

function wire(host, onDone) {
  const node = host.querySelector("form");
  const fault = node.querySelector(".login-fault");
  const button = node.querySelector("button");
  const { username, password } = node.elements;
  username.value = session.state.employee?.username ?? local.get("username", "");
  (username.value ? password : username).focus();

  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    fault.textContent = "";
    const empty = [username, password].find((field) => field.value === "");
    if (empty) {
      fault.textContent = t("login.empty");
      empty.focus();
      return;
    }
    button.setAttribute("aria-busy", "true");
    button.disabled = true;
    try {
      await session.signIn(username.value, password.value);
      local.set("username", username.value);
      onDone();
    } catch (error) {
      fault.textContent = faultText(error);
      password.select();
    } finally {
      button.removeAttribute("aria-busy");
      button.disabled = false;
    }
  });
}

export function mountLogin(host, { signal, onDone }) {
  document.title = "MyPOS";
  host.append(fragment(html`
    <main class="login">
      <div class="login-card">
        <div class="login-brand">${logo()}<h1>MyPOS</h1></div>
        <p class="soft">${t("login.welcome")}</p>
        ${form()}
      </div>
      <label class="login-language">${icon("globe")}<span class="visually-hidden">${t("menu.language")}</span>
        <select class="input">${Object.entries(LANGUAGES).map(([value, text]) => html`
          <option value="${value}" ?selected="${value === currentLanguage()}">${text}</option>`)}
        </select>
      </label>
    </main>`));
  wire(host, onDone);
  host.querySelector("select").addEventListener("change", async ({ target }) => {
    local.set("language", target.value);
    await setLanguage(target.value);
    dispatchEvent(new Event("mypos:restart"));
  }, { signal });
}

let open = false;

/** Over the present screen; without signing in, there is only signing out. */
export function openLoginDialog() {
  if (open) return;
  open = true;
  const dialog = openDialog({
    title: t("login.expired"),
    name: "login",
    body: html`
      <p class="soft">${t("login.expired_text")}</p>
      ${form()}
      <button type="button" class="button" data-kind="quiet" data-wide data-signout>${t("menu.signout")}</button>`,
  });
  dialog.lock(true);
  const leave = () => {
    open = false;
    dialog.lock(false);
    dialog.close();
  };
  wire(dialog.body, leave);
  dialog.body.querySelector("[data-signout]").addEventListener("click", () => {
    leave();
    session.forget();
  });
}
