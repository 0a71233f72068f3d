// A television on the wall. Until it is paired it shows a code and asks whether somebody entered it; then it shows the
// board and rings. It lives for months: what it draws replaces what stood there, and nothing is added to it.
"use strict";
(() => {
  const root = document.documentElement;
  const find = (name) => document.querySelector(`[data-${name}]`);
  const kept = {
    get(key) { try { return localStorage.getItem(key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, value); } catch { /* then it starts from nothing */ } },
    drop(...keys) { try { keys.forEach((key) => localStorage.removeItem(key)); } catch { /* nothing was kept */ } },
  };
  const DATA = "rebond-wall-data", START = "rebond-wall-start", LOADED = "rebond-wall-loaded";
  const minutes = (number) => number * 60000;
  function make(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  }
  function picture(name) {
    const svg = find("start").querySelector("svg.ic").cloneNode(true);
    const use = svg.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#i-${name}`));
    return svg;
  }
  // Only what just answered is loaded anew: a page that cannot be loaded shows nothing at all. At most every ten minutes.
  function loadAnew() {
    const before = Number(kept.get(LOADED));
    if (Math.abs(Date.now() - before) < minutes(10)) return;
    kept.set(LOADED, String(Date.now()));
    location.reload();
  }
  async function ask(place, method) {
    const headers = { Accept: "application/json", ...(method === "POST" ? { "X-CSRFToken": root.dataset.token } : {}) };
    return fetch(place, { method, headers, cache: "no-store", signal: AbortSignal.timeout?.(20000) });
  }

  // ---- The code
  async function pairing() {
    let failed = 0;
    for (;;) {
      let wait = 3000;
      try {
        const answer = await ask(root.dataset.pair, "POST");
        if (answer.status === 403) loadAnew();
        if (!answer.ok) throw new Error(String(answer.status));
        const said = await answer.json();
        if (said.state === "paired") { kept.drop(LOADED); location.reload(); return; }
        showCode(said);
        failed = 0;
      } catch { failed += 1; wait = Math.min(60000, 3000 * 2 ** failed); }
      find("trouble").hidden = failed === 0;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
  function showCode({ shown, qr }) {
    const code = find("code");
    if (code.textContent === shown) return;
    code.textContent = shown;
    const drawn = new DOMParser().parseFromString(qr, "image/svg+xml").documentElement;
    find("qr").replaceChildren(document.importNode(drawn, true));
    find("qr-figure").hidden = false;
  }
  if (root.dataset.pair) { kept.drop(DATA, START); pairing(); return; }
  if (!root.dataset.data) return;

  // ---- The board
  const bell = window.rebondBell;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const language = root.lang === "fr" ? "fr" : "en";
  const locale = language === "fr" ? "fr-FR" : "en-GB";
  let shown = null; // the last good data
  let drift = 0; // the server's clock less ours: a television's own is often wrong
  let wanted = false;
  let failed = 0;
  let timer = 0;
  const now = () => new Date(Date.now() + drift);
  const zone = () => shown?.zone;

  function hour(at) {
    return new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", timeZone: zone() }).format(at);
  }
  function dayNumber(at) {
    const [year, month, day] = new Intl.DateTimeFormat("en-CA", { timeZone: zone() }).format(at).split("-").map(Number);
    return Date.UTC(year, month - 1, day) / 86400000;
  }
  // Said by the screen, not by the server: "today" stays true on a screen without a network.
  function day(text) {
    const at = new Date(text);
    const ago = dayNumber(now()) - dayNumber(at);
    if (ago < 2) return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(-ago, "day");
    if (ago < 7) return new Intl.DateTimeFormat(locale, { weekday: "long", timeZone: zone() }).format(at);
    return new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", timeZone: zone() }).format(at);
  }
  const chips = (milestones) => {
    const list = make("p", "chips");
    list.append(...milestones.map((text) => make("span", "chip", text)));
    return list;
  };
  function drawNewest(win) {
    const disc = make("span", "disc");
    disc.append(picture("bell-ringing"));
    const words = make("div");
    words.append(make("h2", "", win.title));
    words.append(make("p", "line", [win.line, day(win.at)].filter(Boolean).join(" · ")));
    if (win.milestones.length) words.append(chips(win.milestones));
    find("newest").replaceChildren(disc, words);
  }
  function drawRow(win) {
    const row = make("li");
    const words = make("span", "row");
    words.append(make("b", "", win.company || win.short), make("span", "", win.company ? win.who : ""));
    row.append(words, make("span", "when", day(win.at)));
    return row;
  }
  function draw() {
    const { wins, month } = shown;
    find("told").hidden = wins.length === 0;
    find("nothing").hidden = wins.length > 0;
    if (wins.length) drawNewest(wins[0]);
    find("list").replaceChildren(...wins.slice(1).map(drawRow));
    find("month").hidden = wins.length === 0 && month.count === 0;
    find("count").textContent = month.count || "";
    find("words").textContent = month.words;
    const dots = month.count <= 40 ? month.count : 0;
    find("dots").replaceChildren(...Array.from({ length: dots }, () => make("i")));
    tick();
  }
  function tick() {
    find("clock").textContent = hour(now());
  }
  function take(data) {
    drift = Date.parse(data.now) - Date.now();
    shown = data;
    kept.set(DATA, JSON.stringify(data));
    draw();
    if (data.edition !== root.dataset.edition) setTimeout(loadAnew, 5000 + Math.random() * 25000);
  }
  function stale(is) {
    find("stale").hidden = !is;
    if (!is || !shown) return;
    const at = new Date(shown.now);
    find("as-it-was").textContent = dayNumber(at) === dayNumber(now()) ? hour(at) : `${day(shown.now)} ${hour(at)}`;
  }
  async function refresh() {
    clearTimeout(timer);
    try {
      const answer = await ask(root.dataset.data, "GET");
      if (answer.status === 401) { kept.drop(DATA, START, LOADED); location.reload(); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      take(await answer.json());
      failed = 0;
    } catch { failed += 1; }
    stale(failed > 0 && shown !== null);
    soon(failed ? Math.min(60000, 5000 * 2 ** (failed - 1)) : 60000);
  }
  // Never two at a time, and not all walls at the same moment.
  function soon(after) {
    clearTimeout(timer);
    timer = setTimeout(refresh, after * (0.8 + Math.random() / 2.5));
  }

  // ---- The bell
  const waiting = [];
  let ringing = 0;
  let onScreen = null;
  function ring({ id, data, age }) {
    const said = data[language];
    const lines = [make("h2", "", said.title)];
    if (said.line) lines.push(make("p", "line", said.line));
    if (said.milestones.length) lines.push(chips(said.milestones));
    onScreen = data.win;
    find("ring").hidden = false;
    find("ring-words").replaceChildren(...lines);
    if (wanted && age < minutes(2)) bell.strikeOnce("bell", id);
    if (age < minutes(2)) confetti();
    clearTimeout(ringing);
    ringing = setTimeout(after, 12000);
  }
  function after() {
    clearTimeout(ringing);
    onScreen = null;
    const next = waiting.shift();
    if (next) { ring(next); return; }
    find("ring").hidden = true;
    find("ring-words").replaceChildren();
  }
  function confetti() {
    if (still.matches || document.hidden) return;
    const throwIt = () => window.confetti({ particleCount: 160, spread: 100, startVelocity: 55, origin: { y: 0.35 }, ticks: 220, colors: bell.golden(), disableForReducedMotion: true });
    if (window.confetti) { throwIt(); return; }
    const script = document.createElement("script");
    script.src = find("ring").dataset.confetti;
    script.onload = throwIt;
    document.head.append(script);
  }
  function withdraw(win) {
    const place = waiting.findIndex((one) => one.data.win === win);
    if (place >= 0) waiting.splice(place, 1);
    if (onScreen === win) after();
    if (!shown) return;
    shown = { ...shown, wins: shown.wins.filter((one) => one.win !== win) };
    kept.set(DATA, JSON.stringify(shown));
    draw();
  }
  document.addEventListener("rebond:live", (event) => {
    const { kind, data, age } = event.detail;
    if (kind === "withdrawn") withdraw(data.win);
    if (kind === "bell" && !find("board").hidden && !(age > minutes(60))) {
      if (onScreen === null) ring(event.detail);
      else if (waiting.length < 5) waiting.push(event.detail);
    }
    soon(kind === "bell" ? 4000 : 1000);
  });
  document.addEventListener("rebond:line", (event) => {
    if (event.detail === "refused" || failed) soon(500);
  });
  addEventListener("offline", refresh);
  addEventListener("online", () => soon(500));

  // ---- Sound, and the whole screen
  const sound = find("sound");
  function showSound() {
    const state = !wanted ? "off" : bell.running() ? "on" : "held";
    sound.dataset.state = state;
    sound.setAttribute("aria-pressed", String(state === "on"));
  }
  async function turnOn(heard) {
    wanted = true;
    const let_ = await bell.allow();
    showSound();
    if (let_ && heard) bell.strike("bell");
    if (!let_) bell.allowOnGesture(showSound, (event) => event.target.closest?.("[data-sound]"));
  }
  sound.addEventListener("click", () => {
    if (sound.dataset.state === "on") { wanted = false; showSound(); } else turnOn(true);
    kept.set(START, wanted ? "sound" : "silent");
  });
  // So that the television does not fall asleep, where the browser knows how.
  const awake = () => { if (!document.hidden) navigator.wakeLock?.request("screen").catch(() => {}); };
  document.addEventListener("visibilitychange", awake);

  function begin(choice, pressed) {
    kept.set(START, choice);
    find("start").hidden = true;
    find("board").hidden = false;
    if (pressed) root.requestFullscreen?.().catch(() => {});
    awake();
    if (choice === "sound") turnOn(pressed);
    else showSound();
    if (shown) draw();
    refresh();
  }
  try { shown = JSON.parse(kept.get(DATA)); } catch { shown = null; }
  for (const button of document.querySelectorAll("[data-begin]")) {
    button.addEventListener("click", () => begin(button.dataset.begin, true));
  }
  // Once somebody chose, a page that loads itself anew (or a television switched on in the morning) goes on with it.
  if (kept.get(START)) begin(kept.get(START), false);
  else find("start").querySelector("button").focus();

  setInterval(tick, 10000);
  setInterval(() => { if (shown) draw(); }, minutes(10)); // "today" becomes "yesterday" at midnight
  // No letter stands on the same spot all night: the board moves by a few pixels, a step every two minutes.
  const STEPS = [[0, 0], [1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [-1, -1], [0, -1], [1, -1]];
  let step = 0;
  setInterval(() => {
    step = (step + 1) % STEPS.length;
    const [right, down] = STEPS[step];
    find("board").style.translate = `${right * 0.6}rem ${down * 0.6}rem`;
  }, minutes(2));
})();
