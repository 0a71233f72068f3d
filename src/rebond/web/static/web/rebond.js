// What pages do beyond links and forms: keys, theme at once, undo, progress, choosing several. Everything works without.
"use strict";

const root = document.documentElement;
const typing = (el) => el.closest("input:not([type=radio],[type=checkbox]), textarea, select, [contenteditable]");
const $ = (selector, from = document) => from.querySelector(selector);
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];

// ---- theme: the page changes at once, the choice is saved behind it
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-theme-form]");
  if (!form) return;
  event.preventDefault();
  const chosen = form.theme.value;
  fetch(form.action, { method: "POST", body: new FormData(form) });
  root.dataset.theme = chosen;
  form.theme.value = chosen === "dark" ? "light" : "dark";
});

// ---- keys: letters act outside fields only, and can be turned off
let went = 0;
const rows = () => $$("[data-row]");
function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row === document.activeElement || row.contains(document.activeElement));
  const current = at >= 0 ? at : all.findIndex((row) => row.matches("[aria-current=true]"));
  const next = all[Math.min(Math.max((current < 0 ? -1 : current) + step, 0), all.length - 1)];
  (next.matches("a,button") ? next : $("a", next)).focus();
}
const press = (key) => {
  const target = $$(`[data-key="${key}"]`).find((el) => el.offsetParent !== null);
  if (target?.matches("textarea, input")) { target.focus(); return true; }
  if (target) { target.tagName === "DETAILS" ? (target.open = true, $("button, a", target)?.focus()) : target.click(); }
  return Boolean(target);
};
// W and L where a deal can be closed: the form, with how it ended chosen
function ends(key) {
  const outcome = $("#close-outcome");
  if (!outcome || !"wl".includes(key)) return false;
  outcome.value = key === "w" ? "won" : "lost";
  outcome.focus();
  return true;
}
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey && event.key.toLowerCase() === "k") { event.preventDefault(); $("[data-find]")?.focus(); return; }
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    const send = $$("[data-send]").find((el) => el.offsetParent !== null);
    if (send) { event.preventDefault(); send.click(); }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || root.dataset.keys === "off" || typing(event.target)) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (went && Date.now() - went < 1200) {
    went = 0;
    const place = $(`[data-go="${key}"]`);
    if (place) { event.preventDefault(); place.click(); }
    return;
  }
  if (key === "g") { went = Date.now(); return; }
  if (key === "/") { event.preventDefault(); $("[data-find]")?.focus(); return; }
  if (key === "?") { $("#keys")?.showModal(); return; }
  if (key === "j" || key === "ArrowDown" && event.target.closest("[data-row]")) { event.preventDefault(); move(1); return; }
  if (key === "k" || key === "ArrowUp" && event.target.closest("[data-row]")) { event.preventDefault(); move(-1); return; }
  if (/^[1-9]$/.test(key)) {
    const radio = $$("[data-number]")[Number(key) - 1];
    if (radio) { radio.checked = true; radio.focus(); }
    return;
  }
  if (ends(key) || /^[a-z]$/.test(key) && press(key)) event.preventDefault();
});

// ---- undo stays ten seconds on screen, and in Done afterwards
const toast = $("[data-toast]");
if (toast) setTimeout(() => toast.remove(), 10000);

// ---- an error summary takes the focus, so that it is read first
$("[data-focus]")?.focus();

// ---- filters go as soon as they are chosen
$$("[data-auto] select").forEach((select) => select.addEventListener("change", () => select.form.requestSubmit()));

// ---- choosing several rows
const picks = $$("[data-pick]");
const bulk = $("[data-bulk]");
if (bulk) {
  const show = () => {
    const count = picks.filter((pick) => pick.checked).length;
    bulk.disabled = count === 0;
    $("[data-count]", bulk).textContent = count || "";
  };
  picks.forEach((pick) => pick.addEventListener("change", show));
  $("[data-pick-all]")?.addEventListener("change", (event) => {
    picks.forEach((pick) => { pick.checked = event.target.checked; });
    show();
  });
  show();
}

// ---- progress of an import: asks twice a second, the page itself reloads at the end
const running = $("[data-poll]");
if (running) {
  const ask = async () => {
    try {
      const answer = await fetch(running.dataset.poll, { headers: { Accept: "application/json" } });
      const state = await answer.json();
      if (state.ended) { location.reload(); return; }
      const bar = $("progress", running);
      if (state.total) { bar.max = state.total; bar.value = state.read; }
      $("[data-words]", running).textContent = state.words;
    } catch { /* the server restarts: the job goes on, so do we */ }
    setTimeout(ask, 500);
  };
  setTimeout(ask, 500);
}

// ---- blocks that come by themselves: the page paints first, old content stays until the new is there
const slots = $$("[data-block]");
async function bring(slot) {
  const asked = slot.dataset.block;
  const line = setTimeout(() => slot.classList.add("waiting"), 300);
  slot.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(asked, { headers: { Accept: "text/html, application/json" } });
    if (slot.dataset.block !== asked) return; // another one was asked for meanwhile
    if (answer.redirected) { location.reload(); return; } // signed out
    if (!answer.ok) throw new Error((await answer.json()).message);
    slot.innerHTML = await answer.text();
    delete slot.dataset.failed;
  } catch (error) {
    if (slot.dataset.block === asked) failed(slot, error instanceof TypeError || error instanceof SyntaxError ? "" : error.message);
  } finally {
    clearTimeout(line);
    if (slot.dataset.block === asked) { slot.classList.remove("waiting"); slot.removeAttribute("aria-busy"); }
  }
}
// what happened, what was kept, and "Try again" in place
function failed(slot, words) {
  $(".notice", slot)?.remove();
  const notice = $("#block-failed").content.firstElementChild.cloneNode(true);
  if (words) $("p", notice).textContent = words;
  $("button", notice).addEventListener("click", () => bring(slot));
  slot.dataset.failed = "";
  $(".finding", slot) ? slot.prepend(notice) : slot.append(notice);
}
// a few at a time, the first ones first
async function bringAll() {
  const queue = [...slots];
  const next = async () => { while (queue.length) await bring(queue.shift()); };
  await Promise.all([next(), next(), next()]);
}
if (slots.length) bringAll();
// other filters: the same page, its blocks anew
$("[data-blocks]")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const chosen = new URLSearchParams([...new FormData(event.target)].filter(([, value]) => value));
  history.pushState(null, "", `?${chosen}`);
  for (const slot of slots) slot.dataset.block = `${slot.dataset.block.split("?")[0]}?${chosen}&part=1`;
  for (const link of $$("[data-sets]")) {
    const [name, value] = link.dataset.sets.split("=");
    const query = new URLSearchParams(chosen);
    value ? query.set(name, value) : query.delete(name);
    link.search = query;
  }
  bringAll();
});
if ($("[data-blocks]")) addEventListener("popstate", () => location.reload());
