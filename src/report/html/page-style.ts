/** How the page looks: light and dark, narrow and wide, on paper. */
export const PAGE_STYLE: string = `
:root {
  color-scheme: light dark;
  --ground: #f6f6f3; --card: #fff; --ink: #1c1d1f; --soft: #55585e; --line: #d9d9d3; --well: #ecece7;
  --accent: #0b57a4; --green: #1a7f37; --amber: #8a5a00; --red: #b3261e; --violet: #7a3fb0; --gray: #5d6168;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #141517; --card: #1e2023; --ink: #e9e9e6; --soft: #a9adb4; --line: #34373c; --well: #2a2d31;
    --accent: #8ec2ff; --green: #6bd68a; --amber: #f0b849; --red: #ff8f86; --violet: #cfa6ff; --gray: #a9adb4;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.45 system-ui, "Segoe UI", "Noto Sans", sans-serif; }
header, main { max-width: 90rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 1.25rem; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h1 .of { font-weight: 400; color: var(--soft); }
h2 { font-size: 1rem; margin: 1rem 0 .5rem; }
p { margin: .15rem 0; }
code { font: .9em ui-monospace, Consolas, monospace; overflow-wrap: anywhere; }
a { color: var(--accent); }
header p { color: var(--soft); }
header .summary { color: var(--ink); }
.bar { display: block; width: 100%; height: 12px; margin: .75rem 0 .6rem; border-radius: 6px; background: var(--well); }
.key { display: flex; flex-wrap: wrap; gap: .4rem; }
button, select, input { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .25rem .6rem; }
button { cursor: pointer; }
button:hover { border-color: var(--soft); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.chip { border-radius: 999px; }
body:not(.live) .chip { cursor: default; }
.chip[aria-pressed="true"] { background: var(--ink); color: var(--ground); border-color: var(--ink); }
.chip[aria-pressed="true"] .mark { color: inherit; }
.mark { font-family: ui-monospace, Consolas, monospace; font-weight: 700; }
.create .mark, .uploaded .mark, .state.create b, .state.uploaded b { color: var(--green); }
.replace .mark, .not-run .mark, .state.replace b, .state.not-run b { color: var(--amber); }
.failed .mark, .unknown .mark, .state.failed b, .state.unknown b { color: var(--red); }
.orphan .mark, .state.orphan b { color: var(--violet); }
.unchanged .mark, .state.unchanged b { color: var(--gray); }
.fill-create, .fill-uploaded { fill: var(--green); }
.fill-replace, .fill-not-run { fill: var(--amber); }
.fill-failed, .fill-unknown { fill: var(--red); }
.fill-orphan { fill: var(--violet); }
.fill-unchanged { fill: var(--gray); }
.controls { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: center; padding: .75rem 0 .5rem; position: sticky; top: 0; background: var(--ground); border-bottom: 1px solid var(--line); z-index: 1; }
.controls[hidden] { display: none; }
.controls label { color: var(--soft); }
.controls input, .controls select { color: var(--ink); max-width: 14rem; }
#shown { color: var(--soft); margin-left: auto; overflow-wrap: anywhere; }
.cards { list-style: none; margin: 0; padding: 0 0 .75rem; display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); gap: .75rem; }
.cards { content-visibility: auto; contain-intrinsic-block-size: auto 240rem; }
.cards[hidden] { display: none; }
@media (max-width: 75rem) { .cards { contain-intrinsic-block-size: auto 380rem; } }
@media (max-width: 40rem) { .cards { contain-intrinsic-block-size: auto 1160rem; } }
.card { display: flex; flex-direction: column; min-width: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.shots { display: flex; height: 9.5rem; background: var(--well); }
.shots > img, .shots > .absent { flex: 1; min-width: 0; }
figure { flex: 1 1 50%; min-width: 0; margin: 0; display: flex; flex-direction: column; }
figure + figure { border-left: 1px solid var(--line); }
figcaption { text-align: center; font-size: .8rem; color: var(--soft); padding-bottom: .2rem; }
img { display: block; width: 100%; height: 100%; min-height: 0; object-fit: scale-down; padding: .4rem; }
figure img, figure .absent { flex: 1; }
.absent { display: flex; align-items: center; justify-content: center; text-align: center; padding: .6rem; color: var(--soft); font-size: .85rem; }
.facts { padding: .6rem .75rem .7rem; }
.name { font-weight: 600; overflow-wrap: anywhere; }
.place, .more, .why { color: var(--soft); font-size: .87rem; overflow-wrap: anywhere; }
.old { font-size: .87rem; color: var(--soft); overflow-wrap: anywhere; }
.error { font-size: .87rem; color: var(--red); overflow-wrap: anywhere; }
.id { margin-top: .35rem; font-size: .9rem; }
.copy { padding: 0 .45rem; font-size: .8rem; background: transparent; }
.copy.done, #copy-ids.done { border-color: var(--green); color: var(--green); }
body:not(.live) .copy { display: none; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .3rem .6rem; z-index: 2; }
.nothing { color: var(--soft); padding: 2rem 0; text-align: center; }
@media (max-width: 40rem) {
  .controls { position: static; }
  .controls label { display: flex; width: 100%; gap: .5rem; align-items: center; justify-content: space-between; }
  .controls input, .controls select { flex: 1; max-width: 70%; }
  #shown { margin-left: 0; width: 100%; }
}
@media (forced-colors: active) { .bar { display: none; } }
@media print {
  :root { --ground: #fff; --card: #fff; --ink: #000; --soft: #333; --line: #999; --well: #fff; --accent: #000; --green: #0a5c22; --amber: #6b4500; --red: #8c1d17; --violet: #5b2d86; --gray: #444; }
  body { font-size: 10pt; }
  .controls, .copy, .skip { display: none; }
  .bar { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .cards { display: grid; grid-template-columns: repeat(3, 1fr); gap: 3mm; }
  .cards { content-visibility: visible; padding-right: 1px; }
  .card { break-inside: avoid; }
  .shots { height: 32mm; }
  header, main { max-width: none; padding: 0; }
}
`;
