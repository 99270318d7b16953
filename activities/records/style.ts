// The style sheet of HTML documents, which stands in the file itself: a document must look the same without a network, in
// the dark, on a phone and on paper.

export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1b2430; --faint: #66717f; --line: #dfe3e8;
  --good: #1a7f4b; --bad: #b3261e; --neutral: #2f5fa7; --rest: #b9c6d6; --waiting: #e0a83a; --stop: #c2413a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161c; --card: #1b212a; --ink: #e6eaf0; --faint: #98a3b1; --line: #2e3743;
    --good: #4cc38a; --bad: #ff8a80; --neutral: #8ab4f8; --rest: #46566a; --waiting: #d9a441; --stop: #e0645c;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
main { max-width: 1040px; margin: 0 auto; padding: 32px 20px 64px; }
header { border-left: 6px solid var(--tone); padding: 4px 0 4px 18px; margin-bottom: 24px; }
header.good { --tone: var(--good); } header.bad { --tone: var(--bad); } header.neutral { --tone: var(--neutral); }
header.waiting { --tone: var(--waiting); }
header .verdict { color: var(--tone); font-weight: 700; text-transform: uppercase; letter-spacing: .06em; font-size: 12px; }
h1 { font-size: 26px; margin: 2px 0 6px; overflow-wrap: anywhere; }
h2 { font-size: 17px; margin: 0 0 12px; }
header p { margin: 0; font-size: 17px; overflow-wrap: anywhere; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 12px; margin-bottom: 20px; }
.figure, section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.figure { padding: 14px 16px; }
.figure b { display: block; font-size: 21px; line-height: 1.25; font-variant-numeric: tabular-nums; }
.figure span, .note { color: var(--faint); font-size: 13px; }
section { padding: 18px 20px; margin-bottom: 16px; }
ul, ol { margin: 0; padding-left: 20px; } ol { padding-left: 28px; } li { margin: 4px 0; overflow-wrap: anywhere; }
ol > li { margin: 10px 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 18px; margin: 0 0 20px; }
dt { color: var(--faint); } dd { margin: 0; overflow-wrap: anywhere; }
section > p { margin: 0 0 12px; overflow-wrap: anywhere; } section > :last-child { margin-bottom: 0; }
section > * + .note { margin-top: 12px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; color: var(--faint); font-weight: 600; font-size: 13px; }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
code { font: 12.5px/1.4 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
.none { color: var(--faint); margin: 0; }
.label { font-size: 12px; white-space: nowrap; } .label.bad { color: var(--bad); } .label.good { color: var(--good); }
svg { display: block; width: 100%; height: auto; } svg text { font-size: 13px; fill: var(--ink); }
svg .edge { fill: var(--faint); font-size: 12px; }
svg .bad text { fill: var(--stop); font-weight: 700; }
svg .neutral { fill: var(--rest); } svg .waiting rect { fill: var(--waiting); } svg .bad rect { fill: var(--stop); }
svg .good rect { fill: var(--good); }
.bar { display: block; height: 10px; margin-top: 6px; min-width: 2px; border-radius: 2px; background: var(--neutral); }
.bar.bad { background: var(--stop); } .bar.good { background: var(--good); } .bar.waiting { background: var(--waiting); }
.legend span { display: inline-block; margin-right: 14px; }
.legend i { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 5px; }
.legend .neutral { background: var(--rest); } .legend .waiting { background: var(--waiting); }
.legend .bad { background: var(--stop); } .legend .good { background: var(--good); }
footer { color: var(--faint); font-size: 13px; }
@media print { body { background: #fff; } section, .figure { break-inside: avoid; } }
`;
