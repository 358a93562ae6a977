/**
 * What the page does: it asks for requests it has not seen, and for the library when one of them may have
 * changed it. All text goes in as text, never as HTML.
 */
export const PAGE_SCRIPT = `
"use strict";
(() => {
  const REQUESTS_SHOWN = 50;
  // An entry without a status is under way, or its connection was ended: it is asked for again for a while.
  const PENDING_MS = 60000;
  const PAUSE_MS = 700;

  const byId = (id) => document.getElementById(id);
  const make = (tag, className, ...children) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...children);
    return element;
  };
  const number = new Intl.NumberFormat("en");
  const plural = (count, noun) => number.format(count) + " " + noun + (count === 1 ? "" : "s");
  const size = (bytes) => (bytes < 1000 ? plural(bytes, "byte") : number.format(Math.round(bytes / 100) / 10) + " kB");
  const view = (id) => "/ControlPanel/Graphic.php?IM=" + encodeURIComponent(id);

  // The library: sections by library and folder, each picture made once.
  const sections = new Map();
  const pictures = new Map();

  const sectionOf = ({ libraryId, folder }) => {
    const key = JSON.stringify([libraryId, folder]);
    const known = sections.get(key);
    if (known) return known;
    const title = make("h3", "", make("bdi", "", folder));
    const count = make("span", "soft");
    const list = make("ul", "pictures");
    list.setAttribute("role", "list");
    title.append(" ", count, " ", make("span", "soft library", "in " + libraryId));
    const section = { element: make("section", "folder", title, list), list, count };
    byId("folders").append(section.element);
    sections.set(key, section);
    return section;
  };

  const pictureOf = (graphic) => {
    const image = make("img");
    image.alt = graphic.name;
    image.loading = "lazy";
    image.src = view(graphic.id);
    const link = make("a", "shot", image);
    link.href = view(graphic.id);
    const name = make("p", "name", graphic.name);
    name.dir = "auto";
    const type = graphic.contentType.replace("image/", "").toUpperCase();
    const copy = make("button", "copy", "copy id", make("span", "hidden", " of " + graphic.name));
    copy.type = "button";
    copy.dataset.copy = graphic.id;
    return make(
      "li", "picture", link, name,
      make("p", "soft", type + " · " + size(graphic.bytes)),
      make("p", "", make("code", "", graphic.id), " ", copy),
    );
  };

  const showLibrary = (graphics) => {
    const held = new Set(graphics.map(({ id }) => id));
    for (const [id, { element }] of pictures) {
      if (held.has(id)) continue;
      element.remove();
      pictures.delete(id);
    }
    const fresh = new Map();
    for (const graphic of graphics) {
      if (pictures.has(graphic.id)) continue;
      const section = sectionOf(graphic);
      const element = pictureOf(graphic);
      pictures.set(graphic.id, { element });
      if (!fresh.has(section)) fresh.set(section, []);
      fresh.get(section).push(element);
    }
    for (const [section, elements] of fresh) section.list.append(...elements);
    for (const [key, section] of sections) {
      section.count.textContent = plural(section.list.children.length, "picture");
      if (section.list.children.length > 0) continue;
      section.element.remove();
      sections.delete(key);
    }
    byId("no-pictures").hidden = graphics.length > 0;
  };

  // The requests, newest first.
  const entries = new Map();
  const rows = new Map();

  const describeFault = (fault) => "played by the fault script: " + JSON.stringify(fault);
  const describeEnd = (entry) => {
    if (entry.status !== null) return String(entry.status);
    return isPending(entry) && entry.fault === null ? "under way" : "no answer";
  };
  const isPending = (entry) => entry.status === null && Date.now() - Date.parse(entry.at) < PENDING_MS;

  const rowOf = (entry) => {
    const end = describeEnd(entry);
    const kind = entry.status === null ? "none" : entry.status < 300 ? "good" : "bad";
    const time = make("time", "soft", new Date(entry.at).toLocaleTimeString("en-GB"));
    time.dateTime = entry.at;
    const head = make(
      "p", "request",
      make("span", "soft", "#" + entry.number), " ",
      make("b", kind, end), " ", time, " ",
      make("code", "", entry.method + " " + entry.path),
    );
    const notes = entry.parts.map(({ part, understood }) => {
      const note = make("li", /ignored|refused/.test(understood) ? "odd" : "");
      note.append(make("b", "", part === null ? "a part without a name" : part), ": ", understood);
      return note;
    });
    if (entry.fault !== null) notes.push(make("li", "odd", describeFault(entry.fault)));
    if (entry.graphicId !== null) notes.push(make("li", "", "stored as ", make("code", "", entry.graphicId)));
    return make("li", "", head, ...(notes.length > 0 ? [make("ul", "notes", ...notes)] : []));
  };

  let highest = 0;
  const showRequests = (changed) => {
    const list = byId("requests");
    for (const entry of changed) {
      entries.set(entry.number, entry);
      highest = Math.max(highest, entry.number);
    }
    for (const number of entries.keys()) {
      if (number > highest - REQUESTS_SHOWN) continue;
      entries.delete(number);
      rows.get(number)?.element.remove();
      rows.delete(number);
    }
    for (const entry of [...entries.values()].sort((a, b) => a.number - b.number)) {
      const state = JSON.stringify([describeEnd(entry), entry.parts, entry.fault, entry.graphicId]);
      const row = rows.get(entry.number);
      if (row?.state === state) continue;
      const element = rowOf(entry);
      if (row) row.element.replaceWith(element);
      else list.prepend(element);
      rows.set(entry.number, { element, state });
    }
    byId("no-requests").hidden = entries.size > 0;
  };

  // Kept apart from what is shown: the last to end may be an old one.
  const pending = new Map();
  const notePending = (changed) => {
    for (const entry of changed) pending.set(entry.number, entry);
    for (const [number, entry] of pending) if (!isPending(entry)) pending.delete(number);
  };
  const lastSettled = () => Math.min(highest + 1, ...pending.keys()) - 1;

  // Read out once things are quiet, not with every picture.
  let said = "";
  const say = (text, isQuiet) => {
    if (!isQuiet || text === said) return;
    said = text;
    byId("counts").textContent = text;
  };

  const ask = async (path) => {
    const response = await fetch(path, { cache: "no-store" });
    if (!response.ok) throw new Error(String(response.status));
    return response.json();
  };

  let isFirst = true;
  const poll = async () => {
    const changed = await ask("/sandbox/requests?after=" + lastSettled());
    const mayHaveStored = changed.some(({ graphicId, method }) => graphicId !== null || method === "DELETE");
    if (isFirst || mayHaveStored) showLibrary(await ask("/sandbox/graphics"));
    notePending(changed);
    showRequests(changed.slice(-2 * REQUESTS_SHOWN));
    const text = plural(pictures.size, "picture") + " in " + plural(sections.size, "folder") + ", " + plural(highest, "request");
    say(text, isFirst || changed.length === 0);
    if (changed.length > 0) document.title = "(" + pictures.size + ") qgfx sandbox";
    isFirst = false;
  };

  // A long library takes longer to ask for: the pause grows with it, so that the sandbox has time for uploads.
  const run = async () => {
    const start = performance.now();
    try {
      if (!document.hidden) await poll();
    } catch {
      said = "";
      say("the sandbox does not answer: it has ended, or is busy", true);
    }
    setTimeout(run, Math.max(PAUSE_MS, 5 * (performance.now() - start)));
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy]");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.classList.add("done");
      byId("counts").textContent = "copied " + button.dataset.copy;
      said = "";
      setTimeout(() => button.classList.remove("done"), 1500);
    } catch {
      byId("counts").textContent = "the browser does not let the page copy";
    }
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) poll().catch(() => {});
  });
  run();
})();
`;
