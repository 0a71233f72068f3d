// What was heard of each call: stretches that really played, told every few seconds and before the ballot is cast.
"use strict";
(() => {
  const form = document.querySelector("[data-ballot]");
  if (!form) return;
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  const EVERY = 5000; // milliseconds between two reports
  const JUMP = 2000; // further than this between two looks was a jump, not listening

  class Listening {
    constructor(box) {
      this.box = box;
      this.audio = box.querySelector("audio");
      this.spans = [];
      this.last = null;
      this.busy = Promise.resolve();
      this.audio.addEventListener("timeupdate", () => this.look());
      this.audio.addEventListener("seeking", () => { this.last = null; });
      for (const name of ["pause", "ended"]) this.audio.addEventListener(name, () => { this.look(); this.last = null; this.tell(); });
      setInterval(() => { if (!this.audio.paused) this.tell(); }, EVERY);
    }

    look() {
      if (this.audio.seeking) return;
      const at = Math.round(this.audio.currentTime * 1000);
      const span = this.spans.at(-1);
      if (this.last !== null && at > this.last && at - this.last < JUMP) {
        if (span && span[1] === this.last) span[1] = at;
        else this.spans.push([this.last, at]);
      }
      this.last = at;
    }

    tell() {
      if (!this.spans.length) return this.busy;
      const said = this.spans.splice(0).map((span) => span.join("-")).join(",");
      const body = new URLSearchParams({ csrfmiddlewaretoken: token, spans: said });
      this.busy = this.busy.then(() => fetch(this.box.dataset.heard, { method: "POST", body, keepalive: true, headers: { Accept: "application/json" } }))
        .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
        .then((known) => this.show(known))
        .catch(() => { this.spans.unshift(...said.split(",").map((span) => span.split("-").map(Number))); });
      return this.busy;
    }

    show(known) {
      this.box.querySelector("[data-progress]").value = known.percent;
      const percent = this.box.querySelector("[data-percent]");
      if (percent) percent.textContent = known.percent;
      this.box.querySelector("[data-more]").hidden = known.enough;
      this.box.querySelector("[data-enough]").hidden = !known.enough;
    }
  }

  const all = [...form.querySelectorAll("[data-heard]")].map((box) => new Listening(box));
  const tellAll = () => Promise.all(all.map((one) => one.tell()));
  addEventListener("pagehide", tellAll);
  document.addEventListener("visibilitychange", () => { if (document.hidden) tellAll(); });
  form.addEventListener("submit", async (event) => {
    if (form.dataset.told) return;
    event.preventDefault();
    form.dataset.told = "yes";
    all.forEach((one) => one.audio.pause());
    await tellAll();
    form.requestSubmit(event.submitter);
  });
})();
