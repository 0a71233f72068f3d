// The player: an outline that the server worked out, sound that comes in parts, and stretches that are skipped.
"use strict";
(() => {
  const clock = (seconds) => {
    const whole = Math.max(0, Math.floor(seconds));
    const two = (number) => String(number).padStart(2, "0");
    const hours = Math.floor(whole / 3600);
    const minutes = Math.floor(whole / 60) % 60;
    return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
  };
  const EARLY = 0.15; // a stretch that is not heard begins a little before it does
  const keysOff = () => document.documentElement.dataset.keys === "off";

  class Player {
    constructor(box) {
      this.box = box;
      this.audio = box.querySelector("audio");
      this.controls = box.querySelector("[data-controls]");
      this.from = Number(box.dataset.from || 0) / 1000;
      this.until = Number(box.dataset.until || box.dataset.length) / 1000 || Infinity;
      this.muted = [...box.querySelectorAll("[data-mute-from]")].map((one) => [one.dataset.muteFrom / 1000, one.dataset.muteUntil / 1000]);
      this.audio.controls = false;
      this.audio.src = box.dataset.sound;
      this.controls.hidden = false;
      this.lost = 0;
      this.wanted = false;
      this.bind();
      this.outline();
      if (this.from) this.seek(this.from);
    }

    bind() {
      const { audio, box } = this;
      const play = box.querySelector("[data-play]");
      play.addEventListener("click", () => this.toggle());
      box.querySelectorAll("[data-step]").forEach((one) => one.addEventListener("click", () => this.seek(audio.currentTime + Number(one.dataset.step))));
      box.querySelector("[data-speed]").addEventListener("change", (event) => { audio.playbackRate = audio.defaultPlaybackRate = Number(event.target.value); });
      audio.addEventListener("play", () => { this.tick(); this.watch = setInterval(() => this.tick(), 30); });
      for (const name of ["pause", "ended"]) audio.addEventListener(name, () => clearInterval(this.watch));
      // A browser stops by itself when the sound does not come: that is not what its reader wanted.
      audio.addEventListener("play", () => { this.wanted = true; });
      for (const name of ["pause", "ended"]) audio.addEventListener(name, () => { if (!audio.error) this.wanted = false; });
      for (const name of ["play", "pause", "ended"]) {
        audio.addEventListener(name, () => { play.setAttribute("aria-pressed", String(!audio.paused)); });
      }
      for (const name of ["timeupdate", "seeked", "seeking"]) audio.addEventListener(name, () => this.show());
      audio.addEventListener("playing", () => { this.lost = 0; this.say(""); });
      audio.addEventListener("error", () => this.again());
      box.addEventListener("keydown", (event) => {
        const step = { ArrowLeft: -5, ArrowRight: 5 }[event.key];
        if (!step || keysOff() || event.target.matches("select, input, textarea")) return;
        event.preventDefault();
        this.seek(audio.currentTime + step);
      });
    }

    async toggle() {
      if (!this.audio.paused) { this.audio.pause(); return; }
      if (this.audio.currentTime >= this.until - 0.05 || this.audio.currentTime < this.from) this.seek(this.from);
      try { await this.audio.play(); } catch (error) { if (error.name !== "AbortError") this.again(true); }
    }

    seek(seconds) {
      this.audio.currentTime = Math.min(Math.max(seconds, this.from), this.until);
      this.show();
    }

    // Thirty times a second: what is not to be heard is left out, and a clip ends where it ends.
    tick() {
      const { audio } = this;
      const at = audio.currentTime;
      const skip = this.muted.find(([begins, ends]) => at >= begins - EARLY && at < ends);
      audio.muted = Boolean(skip);
      if (skip) { audio.currentTime = skip[1] + 0.01; return; }
      if (at >= this.until) { audio.pause(); audio.currentTime = this.until; }
    }

    show() {
      this.box.querySelector("[data-at]").textContent = clock(this.audio.currentTime);
    }

    // A ticket runs out, a network is lost: another is asked for, and it goes on where it was.
    again(asked = false) {
      if (this.lost > 2 && !asked) {
        this.say(this.box.querySelector("template[data-words]").content.querySelector("[data-lost]").textContent);
        this.lost = 0;
        return;
      }
      const { audio } = this;
      const at = audio.currentTime;
      const went = this.wanted || asked;
      this.lost += 1;
      const place = new URL(this.box.dataset.sound, location.href);
      place.searchParams.set("again", "1");
      place.searchParams.set("n", String(Date.now()));
      setTimeout(() => {
        audio.src = place;
        audio.currentTime = at;
        audio.playbackRate = audio.defaultPlaybackRate;
        if (went) audio.play().catch(() => {});
      }, (this.lost - 1) * 1500);
    }

    say(text) {
      const line = this.box.querySelector("[data-said]");
      line.hidden = !text;
      line.textContent = text;
    }

    async outline() {
      const room = this.box.querySelector("[data-wave]");
      let given;
      try {
        const answer = await fetch(this.box.dataset.peaks, { headers: { Accept: "application/json" } });
        if (answer.redirected || !answer.ok) return;
        given = await answer.json();
      } catch { return; }
      if (!given.peaks[0].length || !window.WaveSurfer) return;
      room.hidden = false;
      const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
      const colours = () => ({ waveColor: colour("--noise"), progressColor: colour("--accent"), cursorColor: colour("--ink") });
      const regions = WaveSurfer.Regions.create();
      this.wave = WaveSurfer.create({
        container: room, height: 88, cspNonce: this.box.dataset.nonce, media: this.audio, peaks: given.peaks,
        duration: given.duration, normalize: true, barWidth: 2, barGap: 1, barRadius: 1, cursorWidth: 2, dragToSeek: true,
        plugins: [regions], ...colours(),
      });
      this.wave.on("interaction", () => { if (this.audio.currentTime < this.from || this.audio.currentTime > this.until) this.seek(this.from); });
      new MutationObserver(() => this.wave.setOptions(colours())).observe(document.documentElement, { attributeFilter: ["data-theme"] });
      const veil = (name, share) => `color-mix(in srgb, ${colour(name)} ${share}%, transparent)`;
      const add = (start, end, color) => regions.addRegion({ start, end, color, drag: false, resize: false });
      this.wave.on("ready", () => {
        for (const [start, end] of this.muted) add(start, end, veil("--ink", 22));
        if (this.box.dataset.from) add(this.from, this.until, veil("--accent", 14));
        document.querySelectorAll("[data-seek]:not([data-muted])").forEach((one) => {
          if (one.dataset.until) add(one.dataset.seek / 1000, one.dataset.until / 1000, veil("--accent", 14));
          else add(one.dataset.seek / 1000, undefined, colour("--accent"));
        });
        this.box.dataset.drawn = "";
      });
    }
  }

  const players = [...document.querySelectorAll("[data-player]")].map((box) => new Player(box));
  const first = players[0];
  if (!first) return;
  window.rebondPlayers = players;
  document.querySelectorAll("[data-seek]").forEach((one) => one.addEventListener("click", () => {
    first.seek(one.dataset.seek / 1000);
    first.audio.play().catch(() => {});
  }));
  // A note is pinned where it plays just now; writing one keeps the place it began at.
  const form = document.querySelector("[data-mark]");
  if (!form) return;
  form.querySelectorAll("[data-now]").forEach((one) => {
    one.hidden = false;
    one.addEventListener("click", () => { form.querySelector(`[data-mark-${one.dataset.now}]`).value = clock(first.audio.currentTime); });
  });
  form.querySelector("[name=text]").addEventListener("focus", (event) => {
    if (!event.target.value && first.audio.currentTime > 0) form.querySelector("[data-mark-at]").value = clock(first.audio.currentTime);
  });
})();
