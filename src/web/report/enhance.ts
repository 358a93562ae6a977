// What the report does besides being read: filters, sorting, copying. It reads only its own page and loads nothing.
import { formatCount, plural } from "../../report/units.ts";
import { copy, listenForCopies } from "../shared/copy.ts";

/** A row's card, with what `card.tsx` tells of it. */
interface CardData {
  element: HTMLElement;
  place: number;
  bytes: number;
  state: string;
  action: string;
  folder: string;
  name: string;
  type: string;
  id: string | undefined;
  /** What a text filter looks at, once it is asked for. */
  text?: string;
}

const TYPING_MS = 120;

const textInput = byId<HTMLInputElement>("text");
const sortSelect = byId<HTMLSelectElement>("sort");
const folderSelect = byId<HTMLSelectElement>("folder");
/** The page of a plan has none. */
const actionSelect = document.querySelector<HTMLSelectElement>("#action");
const lists = [...document.querySelectorAll<HTMLElement>("#cards > ul")];
const cardsPerList = lists[0]?.children.length ?? 1;
const cards = [...document.querySelectorAll<HTMLElement>("#cards > ul > li")].map(readCard);
const stateButtons = [...document.querySelectorAll<HTMLElement>("[data-state][aria-pressed]")];
const stateOrder = stateButtons.map(({ dataset }) => dataset.state);
const chosenStates = new Set<string | undefined>();
let visible = cards;

const collator = new Intl.Collator(undefined, { numeric: true });
const SORTS: Readonly<Record<string, (a: CardData, b: CardData) => number>> = {
  name: (a, b) => collator.compare(a.name, b.name),
  folder: (a, b) => collator.compare(a.folder, b.folder),
  bytes: (a, b) => b.bytes - a.bytes,
  type: (a, b) => collator.compare(a.type, b.type),
  state: (a, b) => stateOrder.indexOf(a.state) - stateOrder.indexOf(b.state),
};

listen();
byId("controls").hidden = false;
document.body.classList.add("live");
// A reload may bring back what was typed.
if (textInput.value || sortSelect.selectedIndex > 0) sort();
else if (chosenOf(folderSelect) || chosenOf(actionSelect)) filter();

function byId<Found extends HTMLElement = HTMLElement>(id: string): Found {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no ${id}`);
  return found as Found;
}

function readCard(element: HTMLElement): CardData {
  const {
    place,
    bytes,
    state = "",
    action = "",
    folder = "",
    name = "",
    type = "",
    id,
  } = element.dataset;
  return {
    element,
    place: Number(place),
    bytes: Number(bytes),
    state,
    action,
    folder,
    name,
    type,
    id,
  };
}

function listen(): void {
  let typing: ReturnType<typeof setTimeout> | undefined;
  textInput.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(filter, TYPING_MS);
  });
  sortSelect.addEventListener("change", sort);
  folderSelect.addEventListener("change", filter);
  actionSelect?.addEventListener("change", filter);
  for (const button of stateButtons) button.addEventListener("click", () => toggleState(button));
  byId("reset").addEventListener("click", reset);
  const copyIds = document.querySelector<HTMLButtonElement>("#copy-ids");
  copyIds?.addEventListener("click", () => {
    const ids = visible.flatMap(({ id }) => id ?? []);
    void copy(copyIds, ids.join("\n"), plural(ids.length, "id"), say);
  });
  listenForCopies(say);
}

function say(words: string): void {
  byId("shown").textContent = words;
}

function toggleState(button: HTMLElement): void {
  const { state } = button.dataset;
  const isOn = !chosenStates.delete(state);
  if (isOn) chosenStates.add(state);
  button.setAttribute("aria-pressed", String(isOn));
  filter();
}

function reset(): void {
  chosenStates.clear();
  for (const button of stateButtons) button.setAttribute("aria-pressed", "false");
  textInput.value = "";
  for (const select of [folderSelect, actionSelect, sortSelect]) {
    if (select) select.selectedIndex = 0;
  }
  sort();
  textInput.focus();
}

function sort(): void {
  const compare = SORTS[sortSelect.value];
  cards.sort((a, b) => compare?.(a, b) || a.place - b.place);
  filter();
}

function filter(): void {
  const words = fold(textInput.value).split(/\s+/).filter(Boolean);
  const folder = chosenOf(folderSelect);
  const action = chosenOf(actionSelect);
  visible = cards.filter(
    (card) =>
      (chosenStates.size === 0 || chosenStates.has(card.state)) &&
      (folder === undefined || card.folder === folder) &&
      (action === undefined || card.action === action) &&
      words.every((word) => textOf(card).includes(word)),
  );
  draw();
  byId("nothing").hidden = visible.length > 0;
  say(`${formatCount(visible.length)} of ${formatCount(cards.length)} shown`);
}

/** The first choice of a select is all of them. */
function chosenOf(select: HTMLSelectElement | null): string | undefined {
  return select && select.selectedIndex > 0 ? select.value : undefined;
}

function textOf(card: CardData): string {
  card.text ??= fold(`${card.element.textContent} ${card.name}`);
  return card.text;
}

/** Case and accents do not count; NFKD makes full-width letters plain. */
function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

function draw(): void {
  for (const [index, list] of lists.entries()) {
    const start = index * cardsPerList;
    const elements = visible.slice(start, start + cardsPerList).map(({ element }) => element);
    const isSame =
      elements.length === list.children.length &&
      elements.every((element, at) => element === list.children[at]);
    if (!isSame) list.replaceChildren(...elements);
    list.hidden = elements.length === 0;
  }
}
