// Keys for those who work here all day; every act is possible without them, and without this file.
"use strict";

const typing = (target) => target.closest("input, textarea, select") !== null;
const rows = () => Array.from(document.querySelectorAll("[data-row]"));

function step(by) {
  const all = rows();
  if (all.length === 0) return;
  const now = all.indexOf(document.activeElement.closest("[data-row]"));
  all[Math.max(0, Math.min(all.length - 1, now + by))].focus();
}

const keys = {
  j: () => step(1),
  k: () => step(-1),
  n: () => document.querySelector("[data-key=n]")?.click(),
  x: () => document.activeElement.closest("[data-row]")?.querySelector("[name=case]")?.click(),
  r: () => document.querySelector("#reason")?.focus(),
  "/": () => document.querySelector("#find")?.focus(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && typing(event.target)) event.target.blur();
  if (typing(event.target)) return;
  if (event.key === "Enter" && event.target.matches("[data-row]")) {
    event.target.querySelector("[data-open]").click();
  } else if (keys[event.key]) {
    event.preventDefault();
    keys[event.key]();
  }
});

document.querySelector("#all")?.addEventListener("change", (event) => {
  for (const box of document.querySelectorAll("[name=case]")) box.checked = event.target.checked;
});

for (const select of document.querySelectorAll(".filters select")) {
  select.addEventListener("change", () => select.form.submit());
}
