/* Ce que la page gagne avec un script ; sans lui tout reste là. */
"use strict";

(() => {
  /* Un volet dont la feuille de style cache le titre est montré en entier : qu'il soit aussi dit ouvert. */
  const folds = new Map([...document.querySelectorAll("details.fold")].map((fold) => [fold, false]));

  function unfold() {
    for (const [fold, whole] of folds) {
      const now = getComputedStyle(fold.querySelector("summary")).display === "none";
      if (now !== whole) fold.open = now;
      folds.set(fold, now);
    }
  }

  /* Un tableau plus large que la page défile dans un cadre que le clavier atteint et qui porte son nom. */
  function frame(table) {
    if (table.closest(".scroll, .yasgui")) return;
    const box = document.createElement("div");
    box.className = "scroll";
    table.replaceWith(box);
    box.append(table);
  }

  function name(box) {
    const within = box.closest("section, main");
    const named = box.querySelector("caption") ?? within?.querySelector("h1, h2, h3");
    const wider = box.scrollWidth > box.clientWidth;
    box.toggleAttribute("data-wider", wider);
    if (!wider) return ["role", "aria-label", "tabindex"].forEach((each) => box.removeAttribute(each));
    box.tabIndex = 0;
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", named?.textContent.trim() ?? document.title);
  }

  document.querySelectorAll("main table").forEach(frame);
  const boxes = document.querySelectorAll("main .scroll, main pre");
  const resized = new ResizeObserver((seen) => seen.forEach(({ target }) => name(target)));
  for (const box of boxes) resized.observe(box);
  addEventListener("resize", unfold);
  unfold();
})();
