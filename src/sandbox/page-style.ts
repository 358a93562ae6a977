/** How the sandbox's page looks: light and dark, narrow and wide. */
export const PAGE_STYLE: string = `
:root {
  color-scheme: light dark;
  --ground: #f4f5f7; --card: #fff; --ink: #1b1d21; --soft: #555a63; --line: #d6d9de; --well: #e9ebee;
  --accent: #0b57a4; --green: #1a7f37; --red: #b3261e; --amber: #8a5a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #131519; --card: #1d2025; --ink: #e8e9eb; --soft: #a8adb6; --line: #343840; --well: #2a2e35;
    --accent: #8ec2ff; --green: #6bd68a; --red: #ff8f86; --amber: #f0b849;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.45 system-ui, "Segoe UI", "Noto Sans", sans-serif; }
header { padding: 1rem 1.25rem .25rem; }
h1 { font-size: 1.35rem; margin: 0; }
h2 { font-size: 1.05rem; margin: 0 0 .5rem; }
h3 { font-size: .95rem; margin: 0 0 .4rem; overflow-wrap: anywhere; }
p { margin: .1rem 0; }
header p, .soft, .empty { color: var(--soft); font-weight: 400; }
.soft { font-size: .87rem; }
a { color: var(--accent); }
code { font: .85em ui-monospace, Consolas, monospace; overflow-wrap: anywhere; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
main { display: grid; grid-template-columns: minmax(0, 3fr) minmax(18rem, 2fr); gap: 1.25rem; padding: .75rem 1.25rem 2rem; align-items: start; }
#log { position: sticky; top: .75rem; }
#requests { list-style: none; margin: 0; padding: 0; max-height: calc(100vh - 4rem); overflow-y: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
#requests:empty { display: none; }
#requests > li { padding: .5rem .75rem; border-bottom: 1px solid var(--line); }
#requests > li:last-child { border-bottom: 0; }
.request { overflow-wrap: anywhere; }
.good { color: var(--green); }
.bad { color: var(--red); }
.none { color: var(--amber); }
.notes { margin: .2rem 0 0; padding-left: 1.1rem; font-size: .87rem; overflow-wrap: anywhere; }
.notes .odd { color: var(--amber); }
.folder { margin-bottom: 1.25rem; }
.pictures { list-style: none; margin: 0; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(11.5rem, 1fr)); gap: .6rem; }
.picture { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 0 .6rem .5rem; min-width: 0; content-visibility: auto; contain-intrinsic-block-size: auto 13.5rem; }
.shot { display: block; height: 7rem; margin: 0 -.6rem .4rem; background: var(--well); }
img { display: block; width: 100%; height: 100%; object-fit: scale-down; padding: .4rem; }
.name { font-weight: 600; overflow-wrap: anywhere; }
.copy { font: inherit; font-size: .8rem; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: 6px; padding: 0 .45rem; cursor: pointer; }
.copy.done { border-color: var(--green); color: var(--green); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 50rem) {
  main { grid-template-columns: minmax(0, 1fr); }
  #log { position: static; }
  #requests { max-height: 24rem; }
}
`;
