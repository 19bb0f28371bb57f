/*
 * Runs an asynchronous task after a quiet moment, and only the newest call
 * counts: an older one still waiting is dropped, one under way is aborted, and
 * an answer that comes late all the same is ignored.
 *
 *   const search = latest((signal, text) => products_list({ q: text, signal }), 120);
 *   search.call("com").then(show)   // never settles once superseded
 */
export function latest(task, delay_ms) {
  let controller = null;
  let timer = 0;

  function cancel() {
    clearTimeout(timer);
    controller?.abort();
    controller = null;
  }

  return {
    cancel,
    call(...args) {
      cancel();
      const own = new AbortController();
      controller = own;
      return new Promise((resolve, reject) => {
        timer = setTimeout(() => {
          Promise.resolve(task(own.signal, ...args)).then(
            (value) => { if (controller === own) resolve(value); },
            (error) => { if (controller === own) reject(error); },
          );
        }, delay_ms);
      });
    },
  };
}
