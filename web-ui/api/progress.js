/*
 * fetch() that says how much of the body has been sent, which the browser's own
 * does not: {method, headers, body, signal}; onProgress(sent, total) in bytes.
 * Answers a Response, or fails as fetch() does.
 */
export function fetchWithProgress(url, { method, headers, body, signal }, onProgress) {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open(method, url);
    call.responseType = "arraybuffer";
    for (const [name, value] of Object.entries(headers)) call.setRequestHeader(name, value);
    call.upload.addEventListener("progress", ({ loaded, total, lengthComputable }) => {
      onProgress(loaded, lengthComputable ? total : 0);
    });
    call.addEventListener("load", () => {
      const lines = call.getAllResponseHeaders().trim().split(/[\r\n]+/).filter(Boolean);
      const answered = new Headers(lines.map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon), line.slice(colon + 1).trim()];
      }));
      resolve(new Response(call.response, { status: call.status, statusText: call.statusText, headers: answered }));
    });
    for (const name of ["error", "timeout"]) {
      call.addEventListener(name, () => reject(new TypeError("The request did not get through.")));
    }
    call.addEventListener("abort", () => reject(new DOMException("The request was stopped.", "AbortError")));
    signal?.addEventListener("abort", () => call.abort(), { once: true });
    call.send(body);
  });
}
