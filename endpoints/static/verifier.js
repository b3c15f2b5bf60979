/* Déposer le fichier n'importe où sur le formulaire, et voir que la vérification est en cours. Tout marche sans. */
"use strict";

(() => {
  const form = document.querySelector("form.deposit");
  const field = form?.querySelector("input[type=file]");
  if (!field) return;
  const status = form.querySelector("[data-status]");

  for (const name of ["dragover", "dragleave", "drop"]) {
    form.addEventListener(name, (event) => {
      event.preventDefault();
      form.classList.toggle("over", name === "dragover");
      if (name === "drop" && event.dataTransfer.files.length) field.files = event.dataTransfer.files;
    });
  }
  form.addEventListener("submit", (event) => {
    if (event.submitter?.value !== "tableau") status.textContent = form.dataset.busy;
  });
  addEventListener("pageshow", () => { status.textContent = ""; });
})();
