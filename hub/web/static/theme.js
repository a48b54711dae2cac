// Light, dark or as the device says; before the first paint, so that nothing flashes.
"use strict";
(() => {
  const names = { auto: "Auto", light: "Light", dark: "Dark" };
  const read = () => {
    try { return localStorage.getItem("theme") in names ? localStorage.getItem("theme") : "auto"; } catch { return "auto"; }
  };
  const show = (theme) => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    const name = document.querySelector("[data-theme-name]");
    if (name) name.textContent = names[theme];
  };
  show(read());
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-theme-switch]");
    if (!button) return;
    button.hidden = false;
    show(read());
    button.addEventListener("click", () => {
      const order = Object.keys(names);
      const next = order[(order.indexOf(read()) + 1) % order.length];
      try { localStorage.setItem("theme", next); } catch { /* private windows: for this page only */ }
      show(next);
    });
  });
})();
