/*
 * The one way to the API.
 *
 * request() adds the access token, a deadline, JSON and the problem+json
 * reading.  It answers {data, status, headers} or throws an ApiError:
 *
 *   kind        means
 *   problem     the server answered with an error; status, code, detail, errors
 *   network     no connection: the request may or may not have been carried out
 *   timeout     no answer in time: likewise
 *   cancelled   the caller's signal
 *
 * Safe requests (GET) are tried again after network trouble and after 429, 502,
 * 503 and 504.  Others are not, unless the caller says `repeatable: true`: the
 * request then carries what makes a repetition harmless (a client-made id, an
 * Idempotency-Key).
 *
 * An unauthenticated answer asks the session for a new token (the sign-in
 * dialog) and then repeats the request: whoever called just waits longer.
 */
import { fetchWithProgress } from "./progress.js";

const TIMEOUT_MS = 10_000;
const SAFE_TRIES = 3;
const RETRY_BASE_MS = 250;
const RETRY_CAP_MS = 4_000;
const RETRIED_STATUS = new Set([429, 502, 503, 504]);

export class ApiError extends Error {
  constructor(fields) {
    super(fields.detail ?? fields.title ?? fields.kind);
    this.name = "ApiError";
    this.status = 0;
    this.code = fields.kind;
    this.errors = [];
    Object.assign(this, fields);
  }

  /** True when the server may have carried the request out all the same. */
  get outcomeUnknown() {
    if (this.kind === "network" || this.kind === "timeout") return true;
    return this.kind === "problem" && (this.status >= 500 || this.status === 429);
  }
}

/** The scope that a refusal says is missing ("transactions:discount"), or null. */
export function missingScope(error) {
  if (error.status !== 403) return null;
  return /\b[a-z_]+:[a-z_]+\b/.exec(error.detail ?? "")?.[0] ?? null;
}

const settings = { base: "", getToken: () => null, renewToken: null };

/** What request() tells about: "reachable" {reachable}, "catalogue" {seq}. */
export const clientEvents = new EventTarget();

let reachable = true;
let catalogueSeq = 0;

export function configureClient(changes) {
  Object.assign(settings, changes);
}

export function isReachable() {
  return reachable;
}

/** An address of the API's host: for requests and for pictures. */
export function apiUrl(path, query = {}) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") parameters.set(name, value);
  }
  const text = parameters.toString();
  return `${settings.base}${path}${text ? `?${text}` : ""}`;
}

function setReachable(value) {
  if (reachable === value) return;
  reachable = value;
  clientEvents.dispatchEvent(new CustomEvent("reachable", { detail: { reachable } }));
}

function noteCatalogue(headers) {
  const seq = Number(headers.get("MyPOS-Catalog-Seq") ?? 0);
  if (!(seq > catalogueSeq)) return;
  const first = catalogueSeq === 0;
  catalogueSeq = seq;
  if (!first) clientEvents.dispatchEvent(new CustomEvent("catalogue", { detail: { seq } }));
}

function sleep(delay_ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, delay_ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new ApiError({ kind: "cancelled" }));
    }, { once: true });
  });
}

/** Full jitter: many tills that lost the server at once do not return at once. */
function backoff_ms(attempt) {
  return Math.random() * Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** attempt);
}

async function readProblem(response) {
  let body = null;
  try {
    body = await response.json();
  } catch {
    // A proxy's page, not ours: the status has to do.
  }
  return new ApiError({
    kind: "problem",
    status: response.status,
    code: body?.code ?? `http_${response.status}`,
    title: body?.title ?? response.statusText,
    detail: body?.detail ?? body?.title ?? response.statusText,
    errors: Array.isArray(body?.errors) ? body.errors : [],
    requestId: body?.request_id ?? response.headers.get("X-Request-Id"),
    retryAfter_ms: Number(response.headers.get("Retry-After") ?? 0) * 1000,
    body,
  });
}

async function readBody(response, as) {
  if (response.status === 204) return null;
  if (as === "text") return response.text();
  if (as === "blob") return response.blob();
  return response.json();
}

function buildOptions({ method, body, headers, accept, contentType }) {
  const all = { Accept: accept ?? "application/json", ...headers };
  // Of several servers behind one address, the next may not have heard yet of what the last one told.
  if (catalogueSeq > 0) all["MyPOS-Catalog-Min-Seq"] = String(catalogueSeq);
  const token = settings.getToken();
  if (token) all.Authorization = `Bearer ${token}`;
  const raw = typeof body === "string" || body instanceof Blob;
  if (body !== undefined) all["Content-Type"] = contentType ?? "application/json";
  const content = body === undefined || raw ? body : JSON.stringify(body);
  return { method, headers: all, body: content, credentials: "omit", cache: "no-cache" };
}

/** One try.  The deadline covers the body too. */
async function attempt(path, call) {
  const controller = new AbortController();
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    controller.abort();
  }, call.timeout_ms ?? TIMEOUT_MS);
  const abort = () => controller.abort();
  call.signal?.addEventListener("abort", abort, { once: true });
  try {
    if (call.signal?.aborted) throw new ApiError({ kind: "cancelled" });
    const options = { ...buildOptions(call), signal: controller.signal };
    const url = apiUrl(path, call.query);
    const response = call.onProgress
      ? await fetchWithProgress(url, options, call.onProgress)
      : await fetch(url, options);
    setReachable(true);
    noteCatalogue(response.headers);
    if (!response.ok) throw await readProblem(response);
    const data = await readBody(response, call.as);
    return { data, status: response.status, headers: response.headers };
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (call.signal?.aborted) throw new ApiError({ kind: "cancelled" });
    setReachable(false);
    throw new ApiError({ kind: timedOut ? "timeout" : "network" });
  } finally {
    clearTimeout(timer);
    call.signal?.removeEventListener("abort", abort);
  }
}

function worthRetrying(error) {
  if (error.kind === "network" || error.kind === "timeout") return true;
  return error.kind === "problem" && RETRIED_STATUS.has(error.status);
}

/**
 * call: {query, body, headers, accept, contentType, as ("json", "text", "blob"),
 *        signal, timeout_ms, tries, repeatable, anonymous,
 *        onProgress(sent, total) of the body, in bytes}
 */
export async function request(method, path, call = {}) {
  const safe = method === "GET" || method === "HEAD";
  const tries = call.tries ?? (safe || call.repeatable ? SAFE_TRIES : 1);
  let renewed = false;
  for (let count = 1; ; count += 1) {
    try {
      return await attempt(path, { ...call, method });
    } catch (error) {
      if (error.status === 401 && !call.anonymous && !renewed && settings.renewToken) {
        renewed = true;
        await settings.renewToken();
        continue;
      }
      if (count >= tries || !worthRetrying(error)) {
        // A server that does not come to what we were told has, perhaps, been set back to a backup.
        if (error.code === "not_ready") catalogueSeq = 0;
        throw error;
      }
      await sleep(error.retryAfter_ms || backoff_ms(count), call.signal);
    }
  }
}

/** Whether the server answers: asked while it was unreachable. */
export async function health_live() {
  const call = { timeout_ms: 3000, tries: 1, anonymous: true };
  return (await request("GET", "/health/live", call)).data;
}
