/** What the page does: filters, sorting, copying. It runs in a browser, reads only its own page, and loads nothing. */
export const PAGE_SCRIPT: string = String.raw`
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const lists = Array.from(byId("cards").children);
  const shown = byId("shown");
  const perList = lists[0] ? lists[0].children.length : 1;
  const cards = lists.flatMap((list) => Array.from(list.children)).map((element) => {
    const { place, state, action, folder, name, bytes, type, id } = element.dataset;
    return { element, place: Number(place), bytes: Number(bytes), state, action, folder, name, type, id, haystack: null };
  });
  const count = new Intl.NumberFormat("en");
  const collator = new Intl.Collator(undefined, { numeric: true });
  const chosen = new Set();
  const states = Array.from(document.querySelectorAll("[data-state][aria-pressed]"));

  // Case and accents do not count; NFKC makes full-width letters plain.
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const haystack = (card) => (card.haystack ??= fold(card.element.textContent + " " + card.name));
  const selected = (id) => {
    const select = byId(id);
    return select && select.selectedIndex > 0 ? select.value : undefined;
  };

  let visible = cards;
  const filter = () => {
    const words = fold(byId("text").value).split(/\s+/).filter(Boolean);
    const folder = selected("folder");
    const action = selected("action");
    visible = cards.filter(
      (card) =>
        (chosen.size === 0 || chosen.has(card.state)) &&
        (folder === undefined || card.folder === folder) &&
        (action === undefined || card.action === action) &&
        words.every((word) => haystack(card).includes(word)),
    );
    draw();
    byId("nothing").hidden = visible.length > 0;
    shown.textContent = count.format(visible.length) + " of " + count.format(cards.length) + " shown";
  };

  const draw = () => {
    lists.forEach((list, index) => {
      const elements = visible.slice(index * perList, (index + 1) * perList).map((card) => card.element);
      const isSame = elements.length === list.children.length && elements.every((one, at) => one === list.children[at]);
      if (!isSame) list.replaceChildren(...elements);
      list.hidden = elements.length === 0;
    });
  };

  const ORDER = states.map((button) => button.dataset.state);
  const SORTS = {
    place: () => 0,
    name: (a, b) => collator.compare(a.name, b.name),
    folder: (a, b) => collator.compare(a.folder, b.folder),
    bytes: (a, b) => b.bytes - a.bytes,
    type: (a, b) => collator.compare(a.type, b.type),
    state: (a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state),
  };
  const sort = () => {
    const compare = SORTS[byId("sort").value];
    cards.sort((a, b) => compare(a, b) || a.place - b.place);
    filter();
  };

  const copyText = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  };
  const copy = async (button, text, what) => {
    const done = await copyText(text);
    button.focus();
    button.classList.toggle("done", done);
    shown.textContent = done ? "copied " + what : "the browser does not let the page copy";
    setTimeout(() => button.classList.remove("done"), 1500);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.copy) return void copy(button, button.dataset.copy, button.dataset.copy);
    if (button.id === "copy-ids") {
      const ids = visible.flatMap((card) => card.id ?? []);
      return void copy(button, ids.join("\n"), count.format(ids.length) + (ids.length === 1 ? " id" : " ids"));
    }
    if (button.id === "reset") return reset();
    if (!button.hasAttribute("aria-pressed")) return;
    const state = button.dataset.state;
    const isOn = !chosen.has(state);
    if (isOn) chosen.add(state);
    else chosen.delete(state);
    button.setAttribute("aria-pressed", String(isOn));
    filter();
  });

  const reset = () => {
    chosen.clear();
    for (const button of states) button.setAttribute("aria-pressed", "false");
    byId("text").value = "";
    for (const select of document.querySelectorAll("select")) select.selectedIndex = 0;
    sort();
    byId("text").focus();
  };

  let waiting;
  byId("text").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 120);
  });
  byId("sort").addEventListener("change", sort);
  for (const id of ["folder", "action"]) byId(id)?.addEventListener("change", filter);
  byId("controls").hidden = false;
  document.body.classList.add("live");
  // A reload may bring back what was typed.
  if (byId("text").value || byId("sort").selectedIndex > 0) sort();
  else if (selected("folder") || selected("action")) filter();
})();
`;
