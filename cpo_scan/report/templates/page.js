"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const remember = (key, value) => { try { localStorage.setItem("cpo-scan." + key, value); } catch { /* file without storage */ } };
  const recall = (key) => { try { return localStorage.getItem("cpo-scan." + key); } catch { return null; } };

  const language = (lang) => {
    root.lang = lang;
    for (const button of all("[data-lang]")) button.setAttribute("aria-pressed", String(button.dataset.lang === lang));
    for (const one of all("[data-label-" + lang + "]")) {
      const text = one.getAttribute("data-label-" + lang);
      if (one.tagName === "TITLE") document.title = text;
      else if (one.tagName === "OPTION") one.textContent = text;
      else if ("placeholder" in one) { one.placeholder = text; one.setAttribute("aria-label", text); }
      else if (one.id === "f-page") continue;
      else { one.setAttribute("aria-label", text); if (one.dataset.tip !== undefined) one.title = text; }
    }
  };
  for (const button of all("[data-lang]")) button.addEventListener("click", () => { language(button.dataset.lang); relist(); remember("lang", button.dataset.lang); });

  const themeButton = document.getElementById("theme");
  const theme = (value) => { root.dataset.theme = value; };
  themeButton.addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    theme(dark ? "light" : "dark");
    remember("theme", root.dataset.theme);
  });

  const criteria = all("details.crit");
  const search = document.getElementById("search");
  const obligation = document.getElementById("obligation");
  const chips = all("[data-filter]");
  const shown = document.getElementById("shown");
  const nothing = document.getElementById("nothing");
  const haystack = new Map();
  const text = (one) => {
    if (!haystack.has(one)) haystack.set(one, one.textContent.toLowerCase());
    return haystack.get(one);
  };
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const outcomes = new Set(chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.filter));
    let count = 0;
    for (const one of criteria) {
      const fits = outcomes.has(one.dataset.outcome)
        && (!obligation.value || one.dataset.obligation === obligation.value)
        && words.every((word) => text(one).includes(word));
      one.hidden = !fits;
      count += fits;
    }
    for (const group of all(".group")) group.hidden = !group.querySelector("details.crit:not([hidden])");
    shown.textContent = count + " / " + criteria.length;
    nothing.hidden = count > 0;
  };
  const press = (wanted) => { for (const chip of chips) chip.setAttribute("aria-pressed", String(wanted(chip.dataset.filter))); filter(); };
  for (const chip of chips) chip.addEventListener("click", () => {
    chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
    filter();
  });
  for (const button of all("[data-only]")) button.addEventListener("click", () => {
    press((outcome) => outcome === button.dataset.only);
    document.getElementById("criteria").scrollIntoView();
  });
  const reset = () => { search.value = ""; obligation.value = ""; press(() => true); };
  let waiting = 0;
  search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 90); });
  obligation.addEventListener("change", filter);
  document.getElementById("reset").addEventListener("click", reset);
  document.getElementById("open-all").addEventListener("click", () => { for (const one of criteria) if (!one.hidden) one.open = true; });
  document.getElementById("close-all").addEventListener("click", () => { for (const one of criteria) one.open = false; });

  for (const box of all("[data-rows]")) box.addEventListener("input", () => {
    const word = box.value.toLowerCase();
    for (const row of all("#" + box.dataset.rows + " tbody tr")) row.hidden = !row.textContent.toLowerCase().includes(word);
  });

  // the list of findings: a page of it at a time is in the document, the rest is data
  const data = document.getElementById("f-data");
  let relist = () => {};
  let goTo = () => {};
  if (data) {
    const { rows, words } = JSON.parse(data.textContent);
    const plain = rows.map((row) => row.join("\n").toLowerCase());
    const [body, search, kind, strength, before, next, page] = ["rows", "search", "kind", "strength", "before", "next", "page"].map((name) => document.getElementById("f-" + name));
    const size = 50;
    let first = 0;
    let found = [];
    const add = (parent, name, text, css) => {
      const one = parent.appendChild(document.createElement(name));
      if (text) one.textContent = text;
      if (css) one.className = css;
      return one;
    };
    const draw = () => {
      const say = words[root.lang] || words.en;
      body.replaceChildren();
      for (const at of found.slice(first, first + size)) {
        const [kindOf, name, level, origin, offered, path, place, excerpt, id] = rows[at];
        const line = add(body, "tr");
        line.id = "F-" + id;
        add(line, "td", say["kind." + kindOf] || kindOf, "kind");
        const head = add(line, "th");
        head.scope = "row";
        add(head, "bdi", name);
        add(line, "td", say["strength." + level] || level);
        add(line, "td", (say["origin." + origin] || origin) + ", " + (say["offered." + offered] || offered));
        const where = add(line, "td", "", "path");
        if (path) add(add(where, "code"), "bdi", path);
        if (place) add(where, "span", " " + place, "muted small");
        if (excerpt) add(add(where, "code", "", "excerpt"), "bdi", excerpt);
      }
      const last = Math.min(first + size, found.length);
      page.textContent = page.getAttribute("data-label-" + root.lang).replace("{first}", found.length ? first + 1 : 0).replace("{last}", last).replace("{all}", found.length);
      before.disabled = first === 0;
      next.disabled = last >= found.length;
    };
    relist = draw;
    const find = () => {
      const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      found = [];
      rows.forEach((row, at) => {
        if ((!kind.value || row[0] === kind.value) && (!strength.value || row[2] === strength.value) && wanted.every((word) => plain[at].includes(word))) found.push(at);
      });
      first = 0;
      draw();
    };
    search.addEventListener("input", find);
    kind.addEventListener("change", find);
    strength.addEventListener("change", find);
    before.addEventListener("click", () => { first = Math.max(0, first - size); draw(); });
    next.addEventListener("click", () => { first += size; draw(); });
    find();
    goTo = (id) => {
      const at = rows.findIndex((row) => row[8] === id);
      if (at < 0) return;
      search.value = kind.value = strength.value = "";
      found = [at];
      first = 0;
      draw();
      body.firstChild.scrollIntoView({ block: "center", behavior: "instant" });
    };
  }

  const go = () => {
    if (location.hash.startsWith("#F-")) { goTo(location.hash.slice(3)); return; }
    const one = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!one || !one.matches("details.crit")) return;
    if (one.hidden) reset();
    one.open = true;
    one.scrollIntoView({ behavior: "instant" });
    one.querySelector("summary").focus({ preventScroll: true });
  };
  addEventListener("hashchange", go);
  // a second click on the same link changes no hash
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.hash === location.hash) go();
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches("input, select, textarea");
    if (event.key === "Escape") { reset(); event.target.blur(); return; }
    if (typing) return;
    if (event.key === "/") { event.preventDefault(); search.focus(); return; }
    const step = { j: 1, k: -1 }[event.key];
    if (!step) return;
    const visible = criteria.filter((one) => !one.hidden);
    const at = visible.findIndex((one) => one.contains(document.activeElement));
    const next = visible[at < 0 ? (step > 0 ? 0 : visible.length - 1) : at + step];
    if (next) { next.querySelector("summary").focus(); next.scrollIntoView({ block: "center" }); }
  });

  let before = [];
  addEventListener("beforeprint", () => { before = all("details:not([open])"); for (const one of before) one.open = true; });
  addEventListener("afterprint", () => { for (const one of before) one.open = false; });

  const theme0 = recall("theme");
  if (theme0 === "dark" || theme0 === "light") theme(theme0);
  const wanted = new URLSearchParams(location.search).get("lang") || recall("lang") || root.lang;
  language(wanted === "de" ? "de" : "en");
  relist();
  filter();
  go();
})();
