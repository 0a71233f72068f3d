// What each circle would read, as the answers stand; and the bell's songs to listen to. Without it the page says what is saved.
"use strict";
(() => {
  const form = document.querySelector("[data-likes]");
  const seen = document.querySelector("[data-circles]");
  if (!form || !seen) return;
  const reach = { nobody: 0, leader: 1, team: 2, everyone: 3 };

  function draw() {
    const said = new FormData(form);
    const wide = reach[said.get("visibility")] ?? 0;
    const key = `t${said.has("show_name") ? "n" : ""}${said.has("show_customer") ? "c" : ""}`;
    for (const circle of seen.querySelectorAll("[data-circle]")) {
      const hears = wide >= reach[circle.dataset.circle];
      circle.querySelector(".likes-line").hidden = !hears;
      circle.querySelector(".likes-none").hidden = hears;
      circle.querySelector("[data-line]").textContent = seen.dataset[key];
      circle.querySelector("[data-amount]").textContent = said.has("show_amount") ? seen.dataset.tamount : "";
    }
  }
  form.addEventListener("change", draw);
  draw();

  for (const button of form.querySelectorAll("[data-listen]")) {
    if (!window.AudioContext) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      if (window.rebondBell && await window.rebondBell.allow()) window.rebondBell.strike(button.dataset.listen);
    });
  }
})();
