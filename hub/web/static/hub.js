// Keeps an open page true: listens to /events, reads again what changed, says when the hub cannot be reached.
"use strict";
(() => {
  const what = document.body.dataset.events;
  if (what === undefined) return;
  const CUT_AFTER_MS = 8000, REFRESH_MS = 60000, AGAIN_MS = 2000, MOST = 50;
  const waiting = new Set();
  let whole = false, busy = false, saving = 0, lastTookMs = 0, timer = 0, cutTimer = 0, goodAt = new Date();

  const units = [["d", 86400], ["h", 3600], ["min", 60]];
  const age = (ms) => {
    const s = Math.max(0, Math.floor((Date.now() - ms) / 1000));
    for (const [name, size] of units) if (s >= size) return `${Math.floor(s / size)} ${name}`;
    return `${s} s`;
  };
  const tick = () => document.querySelectorAll("time[data-ms]").forEach((one) => { one.textContent = age(Number(one.dataset.ms)); });

  const concerns = (unit, topics) => {
    if (what === "rooms" || what === "units") return true;
    if (what === "visitors") return topics.some((topic) => ["e/visit", "e/host-told", "status"].includes(topic));
    if (what === "evacuation") return topics.some((topic) => ["evacuation", "e/evacuation", "e/visit", "status", "cmd"].includes(topic));
    if (what === "alarms") return topics.some((topic) => topic.startsWith("a/"));
    return what === `unit:${unit}`;
  };

  const address = () => {
    const url = new URL(location.href);
    url.hash = "";
    if (!whole && (what === "rooms" || what === "units") && waiting.size <= MOST) url.searchParams.set("live", [...waiting].join(","));
    return url;
  };

  const swap = (fresh) => {
    for (const part of fresh.querySelectorAll("[data-live][id]")) {
      const old = document.getElementById(part.id);
      if (!old) { if (what === "rooms" || what === "units") location.reload(); continue; }
      const held = old.contains(document.activeElement) ? document.activeElement.id : "";
      const kept = old.contains(document.activeElement) && !(held && old.hasAttribute("data-ticks"));
      if (old.outerHTML === part.outerHTML || kept || saving) continue;
      const moved = old.querySelector(".state span, .chip")?.textContent !== part.querySelector(".state span, .chip")?.textContent;
      if (moved) part.classList.add("moved");
      old.replaceWith(part);
      if (held) document.getElementById(held)?.focus();
    }
    tick();
  };

  const refresh = async () => {
    timer = 0;
    if (busy || (!waiting.size && !whole)) return;
    busy = true;
    const url = address(), began = performance.now();
    let missed = false;
    waiting.clear(); whole = false;
    try {
      const answer = await fetch(url, { headers: { "X-Live": "1" }, redirect: "manual" });
      if (answer.type === "opaqueredirect" || answer.status === 401) { location.reload(); return; }
      if (answer.ok) { swap(new DOMParser().parseFromString(await answer.text(), "text/html")); good(); }
      else missed = true;
    } catch { missed = true; } finally {
      lastTookMs = performance.now() - began;
      busy = false;
      if (missed) { lost(); whole = true; timer = setTimeout(refresh, AGAIN_MS); }
      else if (waiting.size || whole) later();
    }
  };
  // The more a page costs, the less often it is read: at most a third of the time.
  const later = () => { if (!timer) timer = setTimeout(refresh, Math.max(50, 2 * lastTookMs)); };

  const note = document.querySelector("[data-cut]");
  const good = () => {
    goodAt = new Date();
    clearTimeout(cutTimer); cutTimer = 0;
    document.body.classList.remove("cut");
    if (note) note.hidden = true;
  };
  const lost = () => {
    if (cutTimer) return;
    cutTimer = setTimeout(() => {
      document.body.classList.add("cut");
      if (!note) return;
      note.querySelector("b").textContent = goodAt.toTimeString().slice(0, 5);
      note.hidden = false;
    }, CUT_AFTER_MS);
  };

  // A tick is on the page when the hub has it; the list is not read anew while one is on its way.
  document.addEventListener("change", async (event) => {
    const form = event.target.closest("form[data-tick]");
    if (!form) return;
    const unsaved = form.querySelector("[data-unsaved]"), box = event.target;
    saving += 1;
    let done = false;
    try {
      const answer = await fetch(form.action, { method: "POST", headers: { "X-Live": "1" }, body: new URLSearchParams(new FormData(form)), redirect: "manual", signal: AbortSignal.timeout(10000) });
      done = answer.status === 204;
    } catch { done = false; } finally { saving -= 1; }
    unsaved.hidden = done;
    if (!done) { box.checked = !box.checked; return; }
    whole = true; later();
  });

  const listen = () => {
    const source = new EventSource("/events");
    source.addEventListener("hello", () => { good(); if (what) { whole = true; later(); } });
    source.addEventListener("all", () => { whole = true; later(); });
    source.addEventListener("signed-out", () => location.reload());
    source.addEventListener("change", (event) => {
      for (const [unit, topics] of Object.entries(JSON.parse(event.data))) if (concerns(unit, topics)) waiting.add(unit);
      if (waiting.size) later();
    });
    source.onerror = () => {
      lost();
      if (source.readyState !== EventSource.CLOSED) return;
      // A browser does not try again by itself after an answer that was no stream; the page says whether we are signed out.
      whole = true; later();
      setTimeout(listen, 5000);
    };
  };
  setInterval(tick, 10000);
  if (what) {
    listen();
    setInterval(() => { whole = true; later(); }, REFRESH_MS);
  }
})();
document.querySelectorAll("[data-print]").forEach((button) => { button.hidden = false; button.addEventListener("click", () => print()); });
document.querySelectorAll("[data-copy]").forEach((button) => {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = "Copied";
  });
});
