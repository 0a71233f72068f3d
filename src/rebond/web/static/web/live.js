// One stream of live events per browser: the tab that leads listens, and passes on to the others.
// Every event comes to every tab as a "rebond:live" event of its document, once; "rebond:line" says that the stream is
// open, or that the server refused it.
"use strict";
(() => {
  const { live: place, liveAs, liveToken } = document.documentElement.dataset;
  if (!place || !window.EventSource) return;
  // Of this reader alone: somebody else who signs in to the same browser, or a wall in it, has a stream of their own.
  const name = `rebond-live ${liveAs || place}`;
  const others = "BroadcastChannel" in window ? new BroadcastChannel(name) : null;
  const kinds = ["bell", "withdrawn", "count", "praise"];
  // The server says something every 15 seconds; how long a silence is believed; how long a page may take to load.
  const SILENCE = 45000, PAGE = 60000;
  const seen = [];
  let last = null;
  let first = 0;
  let drift = 0; // the server's clock less ours

  const kept = {
    get(key) { try { return localStorage.getItem(key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, value); } catch { /* a private window keeps nothing */ } },
  };
  // What was told while one page made room for the next is still news: the last event is kept for a minute.
  const remember = () => { if (last !== null) kept.set(name, `${last} ${Date.now()}`); };
  function remembered(newest) {
    const [id, at] = (kept.get(name) || "").split(" ").map(Number);
    return id <= newest && Math.abs(Date.now() - at) < PAGE ? id : newest;
  }

  function arrived(message) {
    if (message.id <= first || seen.includes(message.id)) return false;
    seen.push(message.id);
    if (seen.length > 500) seen.shift();
    last = Math.max(last ?? 0, message.id);
    document.dispatchEvent(new CustomEvent("rebond:live", { detail: message }));
    return true;
  }
  if (others) others.onmessage = (event) => arrived(event.data);
  const line = (state) => document.dispatchEvent(new CustomEvent("rebond:line", { detail: state }));

  async function listen(released) {
    let source = null;
    let again = 0;
    let turn = 0;
    let failed = 0;
    let heard = 0;
    const close = () => { turn += 1; clearTimeout(again); source?.close(); source = null; };
    const later = (after) => { clearTimeout(again); again = setTimeout(open, after); };
    // 1, 2, 4 ... 60 seconds, none like the others': a server that comes back is not stormed.
    const patience = () => Math.min(60000, 1000 * 2 ** failed++) * (0.75 + Math.random() / 2);

    async function ask() {
      const headers = { Accept: "application/json", ...(liveToken ? { "X-CSRFToken": liveToken } : {}) };
      const method = liveToken ? "POST" : "GET";
      const answer = await fetch(place, { method, headers, cache: "no-store", signal: AbortSignal.timeout?.(20000) });
      if (answer.ok && !answer.redirected) return answer.json();
      if (answer.redirected || answer.status < 500) { line("refused"); failed = 6; }
      throw new Error(String(answer.status));
    }
    function message(kind, event) {
      const data = JSON.parse(event.data);
      return { id: Number(event.lastEventId), kind, data, age: Date.now() + drift - Date.parse(data.told || data.at) };
    }
    async function open() {
      close();
      const mine = turn;
      let given;
      try { given = await ask(); } catch { if (mine === turn) later(patience()); return; }
      if (mine !== turn) return;
      drift = Date.parse(given.now) - Date.now();
      // What was told before this page is not news; nor is what another database told, whose numbers were higher.
      if (last === null) last = first = remembered(given.after);
      else if (last > given.after) { last = first = given.after; seen.length = 0; }
      const where = new URL("/live/stream", location.href);
      where.searchParams.set("ticket", given.ticket);
      where.searchParams.set("after", last);
      source = new EventSource(where);
      heard = Date.now();
      for (const kind of kinds) {
        source.addEventListener(kind, (event) => {
          heard = Date.now();
          const told = message(kind, event);
          if (arrived(told)) { others?.postMessage(told); remember(); }
        });
      }
      source.addEventListener("ping", () => { heard = Date.now(); remember(); });
      source.onopen = () => { failed = 0; heard = Date.now(); remember(); line("open"); };
      // Whatever is not a refusal the browser mends by itself.
      source.onerror = () => { if (source?.readyState === EventSource.CLOSED) later(patience()); };
      later((given.seconds - 20) * 1000);
    }
    const lost = () => source && (source.readyState === EventSource.CLOSED || Date.now() - heard > SILENCE);
    const look = () => { if (!document.hidden && lost()) open(); };
    const online = () => { failed = 0; open(); };
    // A laptop that slept, a network that went without a word: the stream looks open, and says nothing.
    const watch = setInterval(() => { if (lost()) open(); }, 5000);
    document.addEventListener("visibilitychange", look);
    addEventListener("online", online);
    open();
    await released;
    remember();
    close();
    clearInterval(watch);
    document.removeEventListener("visibilitychange", look);
    removeEventListener("online", online);
  }

  const gone = () => new Promise((resolve) => { addEventListener("pagehide", resolve, { once: true }); });
  // Browsers have locks on https and localhost alone; elsewhere a lease in the browser's storage, renewed in time.
  function lease() {
    const me = String(Math.random());
    let release = null;
    const look = () => {
      const [who, until] = (kept.get(`${name} lead`) || "").split(" ");
      if (who !== me && Number(until) > Date.now()) { release?.(); release = null; return; }
      kept.set(`${name} lead`, `${me} ${Date.now() + 6000}`);
      if (!release) listen(new Promise((resolve) => { release = resolve; }));
    };
    const renew = setInterval(look, 2000);
    look();
    gone().then(() => {
      clearInterval(renew);
      if (release) { release(); kept.set(`${name} lead`, ""); }
    });
  }
  function begin() {
    if (navigator.locks) navigator.locks.request(name, () => listen(gone()));
    else lease();
  }
  begin();
  // A page that the browser kept and shows again (the back button) had stopped to listen.
  addEventListener("pageshow", (event) => { if (event.persisted) begin(); });
})();
