/* Comforts for those with a script: every page works without this file. */
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  // Telex and VNI compose letters: a key that belongs to a composition is never a command.
  const composing = (event) => event.isComposing || event.keyCode === 229;

  /* Menus close when one looks elsewhere. */
  document.addEventListener("click", (event) => {
    all("details.menu[open]").forEach((menu) => menu.contains(event.target) || (menu.open = false));
    const keys = event.target.closest("[data-keys]");
    if (keys) { event.preventDefault(); one("#keys").showModal(); }
  });

  /* Characters left: graphemes of the composed text, links counting 23. */
  const segmenter = window.Intl?.Segmenter && new Intl.Segmenter();
  const length = (text) => {
    const plain = text.normalize("NFC").replace(/https?:\/\/\S+/g, "x".repeat(23))
      .replace(/(^|\s)@([\w.]+)@[\w.-]+/g, "$1@$2");
    return segmenter ? [...segmenter.segment(plain)].length : [...plain].length;
  };
  const count = (form) => {
    const output = one("[data-count]", form);
    if (!output) return;
    const most = Number(output.dataset.count);
    const used = all("[name=text], [name=spoiler_text]", form).reduce((n, field) => n + length(field.value), 0);
    const part = Math.min(100, (used / most) * 100);
    one("circle + circle", output).setAttribute("stroke-dasharray", `${part} 100`);
    one("span", output).textContent = most - used;
    output.classList.toggle("near", used > most * 0.9);
    output.classList.toggle("over", used > most);
  };

  /* What was typed survives a closed tab, until it is sent. */
  const memory = (form) => `noi:${location.pathname}${location.search}:${form.getAttribute("action")}`;
  const setUpComposer = (form) => {
    const text = one("[name=text]", form);
    try {
      const kept = sessionStorage.getItem(memory(form));
      if (kept && !text.value.trim()) text.value = kept;
    } catch { /* storage may be switched off */ }
    count(form);
    let wait;
    form.addEventListener("input", () => {
      count(form);
      clearTimeout(wait);
      wait = setTimeout(() => { try { sessionStorage.setItem(memory(form), text.value); } catch { /* full */ } }, 300);
    });
    form.addEventListener("submit", () => { clearTimeout(wait); try { sessionStorage.removeItem(memory(form)); } catch { /* off */ } });
    const slots = all("[data-attachment]", form);
    const show = () => slots.forEach((slot, n) => { slot.hidden = n > 0 && !one("[type=file]", slots[n - 1]).files.length; });
    slots.forEach((slot) => one("[type=file]", slot).addEventListener("change", (event) => { show(); preview(slot, event.target.files[0]); }));
    show();
  };
  const preview = async (slot, file) => {
    one("canvas", slot)?.remove();
    if (!file?.type.startsWith("image/")) return;
    try {
      const picture = await createImageBitmap(file, { resizeHeight: 160 });
      const canvas = Object.assign(document.createElement("canvas"), { width: picture.width, height: picture.height });
      canvas.getContext("2d").drawImage(picture, 0, 0);
      slot.prepend(canvas);
    } catch { /* a format this browser cannot draw */ }
  };

  /* New posts wait behind a pill; nothing jumps while one reads. */
  const live = (box) => {
    const pill = one("a", box);
    const waiting = [];
    const source = new EventSource(`/live?since=${box.dataset.since}`);
    source.addEventListener("status", (event) => {
      if (document.getElementById(`s${event.lastEventId}`)) return;
      waiting.unshift(event.data);
      box.hidden = false;
      pill.textContent = waiting.length === 1 ? pill.dataset.one : pill.dataset.many.replace("{n}", waiting.length);
    });
    source.addEventListener("delete", (event) => document.getElementById(`s${event.data}`)?.remove());
    pill.addEventListener("click", (event) => {
      const feed = one("#feed");
      if (!feed) return;
      event.preventDefault();
      feed.insertAdjacentHTML("afterbegin", waiting.splice(0).join(""));
      window.htmx?.process(feed);
      box.hidden = true;
      scrollTo({ top: 0 });
      one("article", feed)?.focus({ preventScroll: true });
    });
    addEventListener("pagehide", () => source.close());
  };

  /* Shortcuts. */
  const statuses = () => all("article.status[id]");
  const current = () => document.activeElement.closest?.("article.status[id]");
  const step = (by) => {
    const list = statuses();
    const at = list.indexOf(current());
    const next = at < 0 ? list.find((item) => item.getBoundingClientRect().top > 60) ?? list[0] : list[at + by];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };
  const press = (what) => one(`[data-do="${what}"]`, current() ?? one("article.focus") ?? document.createElement("i"))?.click();
  const go = (path) => { if (path) location.href = path; };
  const places = { h: "/", n: "/notifications", l: "/local", t: "/public", s: "/settings", b: "/bookmarks" };
  const keys = {
    j: () => step(1), k: () => step(-1), o: () => press("open"), Enter: () => press("open"),
    r: () => press("reply"), f: () => press("favourite"), b: () => press("reblog"), d: () => press("bookmark"),
    n: () => go("/compose"), c: () => go("/compose"), ".": () => one("#fresh:not([hidden]) a")?.click(),
    x: () => { const veil = one("details.veil", current() ?? document); if (veil) veil.open = !veil.open; },
    "/": () => { const field = all("input[type=search]").find((input) => input.offsetParent); field ? field.focus() : go("/search"); },
    "?": () => one("#keys")?.showModal(), 0: () => scrollTo({ top: 0 }),
  };
  let going = 0;
  document.addEventListener("keydown", (event) => {
    if (composing(event)) return;
    const { target, key } = event;
    if (key === "Enter" && (event.ctrlKey || event.metaKey) && target.form) return target.form.requestSubmit(one("[value=publish]", target.form));
    if (key === "Escape") { const menu = one("details.menu[open]"); if (menu) { menu.open = false; one("summary", menu).focus(); } return; }
    if (document.body.dataset.shortcuts === "off" || event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]")) return;
    if (target.closest("input, textarea, select, [contenteditable]") || (key === "Enter" && target.closest("a, button, summary"))) return;
    if (Date.now() - going < 1500) {
      going = 0;
      return go(key === "p" ? one(".rail a[href^='/@']")?.getAttribute("href") : places[key]);
    }
    if (key === "g") { going = Date.now(); return; }
    const command = keys[key];
    if (command) { event.preventDefault(); command(); }
  });

  /* A refusal from the server is told, never swapped into the page. */
  document.addEventListener("htmx:before:swap", (event) => {
    const answer = event.detail.ctx.response;
    if (!answer || answer.status < 400) return;
    event.preventDefault();
    one(".toast")?.remove();
    const toast = Object.assign(document.createElement("div"), { className: "toast notice problem", textContent: event.detail.ctx.text });
    toast.setAttribute("role", "alert");
    document.body.append(toast);
    setTimeout(() => toast.remove(), 8000);
  });

  const start = () => {
    all("[data-composer]").forEach(setUpComposer);
    all("[data-live]").forEach(live);
    all("[data-time-zone]").forEach((field) => { field.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? ""; });
  };
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
})();
