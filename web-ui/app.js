/*
 * Starts the till: configuration, language, session, then the view of the
 * address.  This file alone wires the parts together.
 */
import { configureClient } from "./api/client.js";
import { closeDialogs } from "./components/dialog.js";
import { mountShell } from "./components/shell.js";
import { chooseLanguage, setLanguage } from "./lib/i18n.js";
import { currentRoute, onRoute } from "./lib/router.js";
import { local } from "./lib/storage.js";
import { applyTheme } from "./lib/theme.js";
import { session } from "./stores/session.js";
import { mountCustomers } from "./views/customers.js";
import { mountLogin, openLoginDialog } from "./views/login.js";
import { mountProducts } from "./views/products.js";
import { mountRegisterChoice } from "./views/register-choice.js";
import { mountSales } from "./views/sales.js";
import { mountSell } from "./views/sell.js";
import { mountShift } from "./views/shift.js";
import { mountStartFault } from "./views/start-fault.js";
import { mountWebhooks } from "./views/webhooks.js";

const VIEWS = {
  sell: mountSell, sales: mountSales, shift: mountShift, products: mountProducts, customers: mountCustomers,
  webhooks: mountWebhooks,
};

const app = document.getElementById("app");
let mounted = null;

/** The API's base address from config.json; "" is the origin of these files. */
async function readConfig() {
  try {
    const answer = await fetch("config.json", { cache: "no-cache" });
    const config = answer.ok ? await answer.json() : {};
    return String(config.api ?? "").replace(/\/+$/, "");
  } catch {
    return "";
  }
}

/** Ends the view on the screen and gives the next one a signal of its own. */
function mount(start) {
  closeDialogs();
  mounted?.abort();
  mounted = new AbortController();
  app.replaceChildren();
  start(app, mounted.signal);
}

function mountView(host, signal) {
  const view = mountShell(host, signal);
  let inner = null;
  const show = ([name, ...parameters]) => {
    closeDialogs();
    inner?.abort();
    inner = new AbortController();
    const known = name in VIEWS ? name : "sell";
    view.setCurrent(known);
    view.main.replaceChildren();
    VIEWS[known](view.main, { parameters, signal: AbortSignal.any([signal, inner.signal]) });
  };
  onRoute(show, { signal });
  show(currentRoute());
}

/** Decides what the session allows, and shows it. */
async function start() {
  if (!session.signedIn) {
    mount((host, signal) => mountLogin(host, { signal, onDone: start }));
    return;
  }
  if (!session.state.register) {
    try {
      await session.loadRegisters();
    } catch (error) {
      if (session.signedIn) {
        mount((host) => mountStartFault(host, { error, onRetry: start }));
      }
      return;
    }
  }
  if (session.state.register) mount(mountView);
  else mount((host, signal) => mountRegisterChoice(host, { signal, onDone: start }));
}

async function main() {
  applyTheme();
  const [base] = await Promise.all([
    readConfig(),
    setLanguage(chooseLanguage(local.get("language"))),
  ]);
  configureClient({
    base,
    getToken: () => session.state.token,
    renewToken: () => session.renew(),
  });

  session.addEventListener("expired", () => openLoginDialog());
  let signedIn = session.signedIn;
  let register = null;
  session.onChange((state) => {
    const signedOut = signedIn && !session.signedIn;
    const moved = register && state.register && register !== state.register.id;
    signedIn = session.signedIn;
    register = state.register?.id ?? null;
    if (signedOut || moved) start();
  });
  addEventListener("mypos:restart", start);
  await start();
}

main();
