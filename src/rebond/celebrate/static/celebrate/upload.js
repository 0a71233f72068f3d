// A recording goes up in pieces: it goes on after a lost network, and after the page was closed. Without this script one
// form brings the whole file.
"use strict";
(() => {
  const PIECE = 1024 * 1024; // the server reads so much before it takes a thread for it
  const form = document.querySelector("form[data-upload], form[data-resume]");
  if (!form) return;
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  const box = form.querySelector("[data-progress]");
  const bar = box.querySelector("progress");
  const said = box.querySelector("[data-said]");
  const words = box.querySelector("template[data-words]").content;
  const button = form.querySelector("button.go");
  const sleep = (seconds) => new Promise((done) => { setTimeout(done, seconds * 1000); addEventListener("online", done, { once: true }); });
  const phrase = (name) => words.querySelector(`[data-${name}]`).textContent;
  const megabytes = (bytes) => (bytes / 1048576).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });

  function say(text, bad = false) {
    box.hidden = false;
    said.textContent = text;
    said.classList.toggle("wrong", bad);
  }
  function show(received, size) {
    bar.max = size;
    bar.value = received;
    say(phrase("going").replace("@done@", megabytes(received)).replace("@size@", megabytes(size)));
  }
  const offset = (answer) => Number(answer.headers.get("Upload-Offset"));

  // Asks how far it is until the server answers; a refusal ends it.
  async function ask(place) {
    for (let wait = 1; ; wait = Math.min(wait * 2, 30)) {
      try {
        const answer = await fetch(place, { method: "HEAD", headers: { Accept: "application/json" } });
        if (answer.ok && answer.headers.has("Upload-Offset")) return offset(answer);
        if (answer.status < 500 && answer.status !== 429) throw new Error(phrase("failed"));
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
      }
      say(phrase("waiting"));
      await sleep(wait);
    }
  }

  async function send(file, place) {
    let at = await ask(place);
    show(at, file.size);
    while (at < file.size) {
      let answer;
      try {
        answer = await fetch(place, {
          method: "PATCH",
          headers: { "Upload-Offset": String(at), "X-CSRFToken": token, "Content-Type": "application/offset+octet-stream", Accept: "application/json" },
          body: file.slice(at, at + PIECE),
        });
      } catch { answer = null; }
      if (answer?.ok && answer.headers.has("Upload-Offset")) at = offset(answer);
      else if (!answer || answer.status === 409 || answer.status >= 500 && answer.status !== 507) {
        say(phrase("waiting"));
        await sleep(answer?.status === 409 ? 0.2 : 2);
        at = await ask(place);
      } else throw new Error((await answer.json().catch(() => ({}))).message || phrase("failed"));
      show(at, file.size);
    }
    say(phrase("done"));
  }

  async function run(work) {
    button.disabled = true;
    form.setAttribute("aria-busy", "true");
    try {
      location.assign(await work());
    } catch (error) {
      say(error instanceof TypeError ? phrase("waiting") : error.message, true);
      button.disabled = false;
    } finally {
      form.removeAttribute("aria-busy");
    }
  }

  let begun = null; // a file that was refused on the way is not begun twice by one press more
  async function begin(file) {
    if (!begun) {
      const data = new FormData(form);
      data.delete("file");
      data.set("size", file.size);
      data.set("file_name", file.name);
      const answer = await fetch(form.action, { method: "POST", body: data, headers: { Accept: "application/json" } });
      const body = await answer.json();
      if (answer.status === 422) throw new Error(Object.values(body.errors).flat().join(" "));
      if (!answer.ok) throw new Error(body.message || phrase("failed"));
      begun = body;
    }
    const { upload, page } = begun;
    try {
      await send(file, upload);
    } catch (error) {
      begun = null;
      throw error;
    }
    return page;
  }

  form.addEventListener("submit", (event) => {
    const file = form.querySelector("[type=file]").files[0];
    if (!file) return; // the server says what is missing
    event.preventDefault();
    if ("resume" in form.dataset) {
      if (file.size !== Number(form.dataset.size)) { say(phrase("other"), true); return; }
      run(async () => { await send(file, form.dataset.resume); return form.dataset.page; });
    } else run(() => begin(file));
  });
})();
