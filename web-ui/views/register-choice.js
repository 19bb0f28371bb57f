/* Which register this browser is: asked once, where there are several. */
import { icon, logo } from "../components/icon.js";
import { emptyNotice } from "../components/notice.js";
import { t } from "../lib/i18n.js";
import { fragment, html } from "../lib/html.js";
import { session } from "../stores/session.js";

export function mountRegisterChoice(host, { signal, onDone }) {
  const { registers } = session.state;
  host.append(fragment(html`
    <main class="login">
      <div class="login-card">
        <div class="login-brand">${logo()}<h1>${t("register.title")}</h1></div>
        <p class="soft">${t("register.text")}</p>
        <div class="register-list">
          ${registers.map((register) => html`
            <button type="button" class="button" data-register="${register.id}">
              ${icon("register")}
              <span>${register.name}<small>${register.code} · ${register.store.name}</small></span>
            </button>`)}
          ${registers.length === 0 && emptyNotice("register", t("register.none"), t("register.none_text"))}
        </div>
        <button type="button" class="button" data-kind="quiet" data-signout>${t("menu.signout")}</button>
      </div>
    </main>`));
  host.addEventListener("click", ({ target }) => {
    const id = target.closest("[data-register]")?.dataset.register;
    if (id) {
      session.chooseRegister(id);
      onDone();
    }
    if (target.closest("[data-signout]")) session.signOut();
  }, { signal });
  host.querySelector("[data-register]")?.focus();
}
