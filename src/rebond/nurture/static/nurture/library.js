// Copying a text or an address; without this script the buttons stay hidden and selecting works as ever.
document.querySelectorAll("[data-copy]").forEach((button) => {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const from = document.querySelector(button.dataset.copy);
    await navigator.clipboard.writeText(from.value ?? from.textContent);
    const said = document.querySelector("[data-copied]")?.dataset.copied;
    const words = button.querySelector("span");
    const before = words.textContent;
    if (said) { words.textContent = said; document.querySelector("[data-copied]").textContent = said; }
    setTimeout(() => { words.textContent = before; }, 2000);
  });
});
