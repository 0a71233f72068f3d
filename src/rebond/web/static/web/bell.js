// The bell: a card on every open screen when a win is told, and a sound where a click on this screen has let it.
// The sound is made here (a struck bell: a few partials that fade, under three seconds); nothing is downloaded for it.
"use strict";
(() => {
  const card = document.querySelector("[data-bell]");
  const language = document.documentElement.lang.slice(0, 2) === "fr" ? "fr" : "en";
  // Partials of a bell by how far they are from the lowest, how loud, how long they ring (J. C. Risset, 1969).
  const BELL = [[0.56, 1, 1], [0.92, 0.67, 0.9], [1.19, 1, 0.65], [1.7, 1.8, 0.55], [2, 2.67, 0.325], [2.74, 1.67, 0.35]];
  const SONGS = {
    bell: { notes: [[0, 520]], partials: BELL, lasts: 2.6 },
    two: { notes: [[0, 660], [0.35, 520]], partials: BELL, lasts: 2.2 },
    chime: { notes: [[0, 523.25], [0.16, 659.25], [0.32, 783.99], [0.48, 1046.5]], partials: [[1, 1, 1], [3, 0.15, 0.4]], lasts: 1.6 },
    wood: { notes: [[0, 392], [0.14, 523.25], [0.28, 659.25]], partials: [[1, 1, 1], [4, 0.25, 0.15]], lasts: 0.6 },
  };
  let audio = null;
  const running = () => Boolean(audio && audio.state === "running");

  function strike(name) {
    if (!running()) return false;
    const song = SONGS[name] || SONGS.bell;
    const out = audio.createGain();
    out.gain.value = 0.16;
    out.connect(audio.destination);
    for (const [after, pitch] of song.notes) {
      const at = audio.currentTime + after;
      for (const [times, loud, long] of song.partials) {
        const tone = audio.createOscillator();
        const gain = audio.createGain();
        const lasts = Math.min(song.lasts * long, 2.9 - after);
        tone.frequency.value = pitch * times;
        gain.gain.setValueAtTime(0, at);
        gain.gain.linearRampToValueAtTime(loud / 3, at + 0.005);
        gain.gain.exponentialRampToValueAtTime(0.0005, at + lasts);
        tone.connect(gain).connect(out);
        tone.start(at);
        tone.stop(at + lasts);
      }
    }
    setTimeout(() => out.disconnect(), 4000); // a wall rings for months: nothing is left behind
    document.dispatchEvent(new CustomEvent("rebond:struck", { detail: name }));
    return true;
  }
  // Only a click or key on this very screen may turn sound on. A browser that holds it back leaves the promise open
  // until it is let, so nobody waits for it longer than a moment.
  async function allow() {
    if (!window.AudioContext) return false;
    audio = audio || new AudioContext();
    if (!running()) await Promise.race([audio.resume(), new Promise((resolve) => setTimeout(resolve, 800))]);
    return running();
  }
  // On any click, touch or key until one of them worked; Escape is none (the browser says so).
  function allowOnGesture(then, except) {
    const kinds = ["pointerup", "keydown"];
    const once = async (event) => {
      if (event.key === "Escape" || except?.(event) || !(await allow())) return;
      for (const kind of kinds) removeEventListener(kind, once, true);
      then?.();
    };
    for (const kind of kinds) addEventListener(kind, once, true);
  }
  // Several tabs of a browser are told the same: one of them strikes, the one that is looked at if there is one.
  function strikeOnce(name, id) {
    const claim = () => {
      if (!running()) return;
      try {
        if (localStorage.getItem("rebond-struck") === String(id)) return;
        localStorage.setItem("rebond-struck", String(id));
      } catch { /* a private window keeps nothing: it strikes for itself */ }
      strike(name);
    };
    if (document.hidden) setTimeout(claim, 400);
    else claim();
  }
  // Gold is a win, and a little of ours beside it; as the theme has them.
  function golden() {
    const theme = getComputedStyle(document.documentElement);
    return ["--gold-mark", "--gold", "--gold-mark", "--accent"].map((name) => theme.getPropertyValue(name).trim());
  }
  window.rebondBell = { golden, strike, strikeOnce, allow, allowOnGesture, running, songs: Object.keys(SONGS) };
  if (!card) return;

  const words = card.querySelector("[data-bell-words]");
  const toggle = card.querySelector("[data-bell-sound]");
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let wanted = card.dataset.sound === "on" && sessionStorage.getItem("rebond-mute") !== "yes";
  const waiting = [];
  let hide = 0;

  const show = () => toggle.setAttribute("aria-pressed", String(wanted && running()));
  toggle.addEventListener("click", async () => {
    const on = toggle.getAttribute("aria-pressed") === "true";
    wanted = !on;
    sessionStorage.setItem("rebond-mute", wanted ? "no" : "yes");
    if (wanted && await allow()) strike(card.dataset.song);
    show();
  });
  card.querySelector("[data-bell-close]").addEventListener("click", next);
  if (wanted) allowOnGesture(show, (event) => event.target.closest?.("[data-bell-sound]"));

  function confetti() {
    if (still) return;
    const throwIt = () => window.confetti.create(null, { useWorker: false, resize: true, disableForReducedMotion: true })(
      { particleCount: 90, spread: 75, origin: { y: 0.25 }, ticks: 140, colors: golden() });
    if (window.confetti) { throwIt(); return; }
    const script = document.createElement("script");
    script.src = card.dataset.confetti;
    script.onload = throwIt;
    document.head.append(script);
  }

  function made(tag, className, text) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.textContent = text;
    return element;
  }
  function said(kind, { title, line, milestones }) {
    const found = [made("strong", "", title)];
    if (line) found.push(made("span", "", line));
    if (kind === "praise") return [...found, ...milestones.map((text) => made("span", "", text))];
    const tags = made("div", "milestones", "");
    tags.append(...milestones.map((text) => made("span", "tag gold", text)));
    return milestones.length ? [...found, tags] : found;
  }
  function present({ id, kind, data, age }) {
    card.dataset.win = data.win;
    card.hidden = false; // first, so that the words come into a place that readers aloud know already
    words.replaceChildren();
    requestAnimationFrame(() => words.replaceChildren(...said(kind, data[language])));
    stay(waiting.length ? 6000 : 20000);
    // A screen that slept, or lost its network for long, hears of it, quietly.
    const fresh = kind === "bell" && age < 120000; // a leader's word comes without a sound
    if (fresh && wanted) strikeOnce(card.dataset.song, id);
    if (fresh && !document.hidden) confetti();
    show();
  }
  function stay(time) {
    clearTimeout(hide);
    hide = setTimeout(() => { if (card.matches(":hover, :focus-within")) stay(3000); else next(); }, time);
  }
  function next() {
    const following = waiting.shift();
    if (following) present(following);
    else { clearTimeout(hide); card.hidden = true; }
  }
  document.addEventListener("rebond:live", (event) => {
    const { kind, data } = event.detail;
    if (kind === "withdrawn") {
      const place = waiting.findIndex((one) => one.data.win === data.win);
      if (place >= 0) waiting.splice(place, 1);
      if (!card.hidden && card.dataset.win === String(data.win)) next();
    }
    if (kind !== "bell" && kind !== "praise") return;
    if (card.hidden) present(event.detail);
    else { waiting.push(event.detail); stay(6000); }
  });
})();
