// Adds a button that copies an address to each element that says so; without script the address can be selected.
for (const place of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = place.dataset.copy;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(place.textContent);
    button.textContent = place.dataset.copied;
  });
  place.after(button);
}
