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

function writeReason() {
  const field = document.querySelector("#reason");
  const folded = field?.closest("details");
  if (folded) folded.open = true;
  field?.focus();
}

const keys = {
  j: () => step(1),
  k: () => step(-1),
  n: () => document.querySelector("[data-key=n]")?.click(),
  x: () => document.activeElement.closest("[data-row]")?.querySelector("[name=case]")?.click(),
  r: () => writeReason(),
  "/": () => document.querySelector("#find")?.focus(),
  "?": () => document.querySelector("#help")?.showModal(),
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

document.querySelector("[data-help]")?.addEventListener("click", keys["?"]);

// A missing reason is asked for in the language of the page.
for (const field of document.querySelectorAll("[data-missing]")) {
  field.addEventListener("invalid", () => field.setCustomValidity(field.dataset.missing));
  field.addEventListener("input", () => field.setCustomValidity(""));
}

// How many signals a verdict rests on is counted while they are ticked.
for (const box of document.querySelectorAll("[name=signal]")) {
  box.addEventListener("change", () => {
    const ticked = document.querySelectorAll("[name=signal]:checked").length;
    document.querySelector("[data-ticked]").textContent = ticked;
  });
}

// What is still being computed is looked at again soon.
if (document.querySelector("[data-again]")) setTimeout(() => location.reload(), 2500);

// In the relation graph, a node that is pointed at shows its ties and all shortest ways from it to the centre.
const network = document.querySelector(".network");
const steps = new Map(Array.from(document.querySelectorAll("[data-node]"), (n) => [n.dataset.node, Number(n.dataset.steps)]));
const ways = (from, lines) => {
  const shown = new Set(lines.filter((line) => line.dataset.a === from || line.dataset.b === from));
  const near = new Set([from]);
  for (const line of shown) near.add(line.dataset.a).add(line.dataset.b);
  let front = [from];
  while (front.length > 0) {
    const next = new Set();
    for (const line of lines) {
      for (const [one, other] of [[line.dataset.a, line.dataset.b], [line.dataset.b, line.dataset.a]]) {
        if (!front.includes(one) || steps.get(other) !== steps.get(one) - 1) continue;
        shown.add(line);
        next.add(other);
        near.add(other);
      }
    }
    front = Array.from(next);
  }
  return [shown, near];
};
for (const node of document.querySelectorAll("[data-node]")) {
  const show = () => {
    const lines = Array.from(network.querySelectorAll("line"));
    const [shown, near] = ways(node.dataset.node, lines);
    for (const line of lines) line.classList.toggle("near", shown.has(line));
    for (const other of network.querySelectorAll("[data-node]")) {
      other.classList.toggle("near", near.has(other.dataset.node));
    }
    network.classList.add("focus");
  };
  node.addEventListener("mouseenter", show);
  node.addEventListener("focusin", show);
  node.addEventListener("mouseleave", () => network.classList.remove("focus"));
  node.addEventListener("focusout", () => network.classList.remove("focus"));
}

// A remedy that is not possible yet says from which day it is, as soon as it is chosen.
const fromLine = document.querySelector("[data-from-line]");
const sayFrom = () => {
  const days = Array.from(document.querySelectorAll("[data-from]:checked"), (box) => box.dataset.from).sort();
  fromLine.hidden = days.length === 0;
  fromLine.querySelector("span").textContent = days.at(-1) ?? "";
};
if (fromLine) {
  sayFrom();
  document.addEventListener("change", (event) => event.target.matches("[name=record]") && sayFrom());
}
