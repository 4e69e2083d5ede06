#include "report/tearsheet_parts.hpp"

namespace backtest {

const std::string_view tearsheet_style = R"css(
:root { color-scheme: light dark; --page: #ffffff; --ink: #16191d; --soft: #525b64; --faint: #636c75; --line: #e2e5e8;
  --panel: #f6f7f8; --a: #1f4e79; --a-rgb: 31 78 121; --b: #9a6a14; --c: #2c7d62; --neg: #a8322a; --pos-rgb: 33 118 92;
  --neg-rgb: 176 52 42; --band: 120 130 140; --caution: #fdf5e3; --caution-line: #d9b563; --s1: #1f4e79; --s2: #d08a2e;
  --s3: #2f8f6f; --s4: #b5483c; --s5: #7a5aa6; --s6: #5aa0c8; --s7: #c7a93a; --s8: #8c6b52; --others: #c3cad0; }
@media screen and (prefers-color-scheme: dark) { :root { --page: #111417; --ink: #e6e9ec; --soft: #aab3bb;
  --faint: #97a1aa; --line: #2a3036; --panel: #181c20; --a: #7fb2e5; --a-rgb: 127 178 229; --b: #dba94f; --c: #66c3a2;
  --neg: #f08e84; --pos-rgb: 48 140 110; --neg-rgb: 196 74 62; --band: 150 162 174; --caution: #2a2415;
  --caution-line: #7d6431; --s1: #7fb2e5; --s2: #e0a458; --s3: #5cc19d; --s4: #e5776a; --s5: #a98fd8; --s6: #3f83ad;
  --s7: #d6c25a; --s8: #b08e72; --others: #4b545c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI",
  Roboto, "Helvetica Neue", Arial, sans-serif; font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%; }
main { max-width: 1080px; margin: 0 auto; padding: 44px 28px 64px; }
header { padding-bottom: 20px; border-bottom: 1px solid var(--line); }
h1 { margin: 0; font-size: 30px; line-height: 1.2; font-weight: 600; letter-spacing: -0.015em;
  overflow-wrap: anywhere; }
h2 { margin: 44px 0 12px; font-size: 17px; font-weight: 600; letter-spacing: -0.005em; }
h3 { margin: 0 0 6px; font-size: 12.5px; font-weight: 600; color: var(--soft); }
p { margin: 0; }
.period { margin-top: 6px; font-size: 17px; }
.what { margin-top: 2px; color: var(--soft); overflow-wrap: anywhere; }
.caution { margin-top: 14px; padding: 9px 14px; background: var(--caution);
  border-left: 3px solid var(--caution-line); }
.keys { display: grid; grid-template-columns: repeat(6, 1fr); margin: 24px 0 8px; }
.key { padding: 0 16px; border-left: 1px solid var(--line); min-width: 0; }
.key:first-child { padding-left: 0; border-left: 0; }
.key dt { font-size: 12.5px; color: var(--soft); }
.key dd { margin: 3px 0 2px; font-size: 25px; line-height: 1.25; font-weight: 600; letter-spacing: -0.02em;
  white-space: nowrap; }
.key dd.long { font-size: 19px; line-height: 31px; }
.key dd.note { margin: 0; font-size: 12.5px; font-weight: 400; line-height: 1.5; letter-spacing: 0; white-space: normal;
  color: var(--faint); overflow-wrap: anywhere; }
.neg { color: var(--neg); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 26px 36px; }
.chart { min-width: 0; }
.chart h3 { margin-bottom: 10px; overflow-wrap: anywhere; }
.legends { font-weight: 400; }
.legend { margin: 0 4px 0 12px; display: inline-block; max-width: 100%; }
.legend::before { content: ""; display: inline-block; width: 15px; height: 3px; margin-right: 6px; vertical-align: 3px;
  background: var(--colour); }
.legend.box::before, .legend.band::before { width: 10px; height: 10px; vertical-align: -1px; }
.legend.a { --colour: var(--a); } .legend.b { --colour: var(--b); } .legend.c { --colour: var(--c); }
.legend.band { --colour: rgb(var(--band) / 0.35); }
.s1 { --colour: var(--s1); } .s2 { --colour: var(--s2); } .s3 { --colour: var(--s3); } .s4 { --colour: var(--s4); }
.s5 { --colour: var(--s5); } .s6 { --colour: var(--s6); } .s7 { --colour: var(--s7); } .s8 { --colour: var(--s8); }
.others { --colour: var(--others); }
.plots { position: relative; margin-right: 56px; touch-action: pan-y; }
.plots:focus-visible, .scroll:focus-visible, pre:focus-visible { outline: 2px solid var(--a); outline-offset: 4px; }
.plot { position: relative; border-bottom: 1px solid var(--line); }
.plot.nav { height: 320px; }
.plot.fall { height: 100px; margin-top: 14px; }
.plot.small { height: 190px; }
.plot svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: hidden; }
.plot path { vector-effect: non-scaling-stroke; fill: none; stroke-linejoin: round; }
.grid { stroke: var(--line); stroke-width: 1; }
.line { stroke-width: 1.4; }
.a { stroke: var(--a); } .b { stroke: var(--b); } .c { stroke: var(--c); }
.plot path.bar { stroke: none; }
.plot path.bar.a { fill: var(--a); } .plot path.bar.b { fill: var(--b); }
.plot path.pile { fill: var(--colour); }
.plot path.fill-nav { fill: rgb(var(--a-rgb) / 0.07); stroke: var(--a); stroke-width: 1.6; }
.plot path.fill-fall { fill: rgb(var(--neg-rgb) / 0.16); stroke: rgb(var(--neg-rgb)); stroke-width: 1.1; }
.strokes { stroke: var(--a); stroke-width: 1; }
.band { fill: rgb(var(--band) / 0.14); }
.mark { position: absolute; transform: translateX(-50%); font-size: 11px; font-style: normal; font-weight: 600;
  line-height: 1.2; color: var(--soft); }
.within { position: absolute; left: 0; bottom: 2px; font-size: 11.5px; font-weight: 400; color: var(--soft);
  background: rgb(from var(--page) r g b / 0.75); }
.y, .x { position: absolute; font-size: 11.5px; font-style: normal; color: var(--faint); white-space: nowrap; }
.y { left: 100%; margin-left: 9px; transform: translateY(-50%); line-height: 1; }
.axis { position: relative; height: 24px; }
.x { top: 6px; line-height: 1.2; padding-left: 5px; }
.x::before { content: ""; position: absolute; left: 0; top: -6px; height: 16px; border-left: 1px solid var(--line); }
.x.slot { padding: 0; transform: translateX(-50%); }
.x.slot::before { left: 50%; height: 4px; }
.cross { position: absolute; top: 0; bottom: 24px; width: 0; border-left: 1px solid var(--faint); pointer-events: none;
  display: none; }
.tip { position: absolute; top: 4px; z-index: 2; padding: 7px 11px; background: var(--page);
  border: 1px solid var(--faint); border-radius: 5px; font-size: 12.5px; line-height: 1.45; white-space: pre-wrap;
  max-width: calc(100% + 30px); width: max-content; overflow-wrap: anywhere;
  pointer-events: none; display: none; box-shadow: 0 2px 8px rgb(0 0 0 / 0.1); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; }
th { font-weight: 500; color: var(--soft); font-size: 12.5px; }
th, td { padding: 5px 9px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child, th.l, td.l { text-align: left; }
th:first-child, td:first-child { padding-left: 0; }
tbody tr:last-child td { border-bottom: 0; }
.months { table-layout: fixed; min-width: 880px; }
.months td, .months th { padding: 5px 7px; }
.months td { border: 0; }
.months td:first-child { padding-left: 0; position: sticky; left: 0; background: var(--page); color: var(--soft); }
.months th:first-child { padding-left: 0; position: sticky; left: 0; background: var(--page); }
.months td.p { background: rgb(var(--pos-rgb) / var(--shade)); }
.months td.m { background: rgb(var(--neg-rgb) / var(--shade)); }
.months td:nth-child(14), .months td:nth-child(15) { font-weight: 600; border-left: 8px solid var(--page);
  background-clip: padding-box; }
.months.with-other { min-width: 980px; }
.months th:nth-child(n + 14) { width: 84px; }
th.other { white-space: normal; overflow-wrap: anywhere; }
.groups { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 232px), 1fr)); gap: 26px 36px; }
.groups.beside { grid-template-columns: repeat(auto-fit, minmax(min(100%, 310px), 1fr)); }
.groups.three { grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); }
.groups > div { min-width: 0; }
.group th { white-space: normal; overflow-wrap: anywhere; vertical-align: bottom; }
.group th:first-child { font-weight: 600; }
.group td:first-child { color: var(--soft); white-space: normal; }
.group th:last-child, .group td:last-child { padding-right: 0; }
.spread td.l { white-space: normal; overflow-wrap: anywhere; min-width: 92px; }
table.narrow { max-width: 520px; }
.meter { position: relative; width: 34%; min-width: 70px; }
.meter b { position: absolute; top: 25%; height: 50%; }
.meter b.p { background: rgb(var(--pos-rgb) / 0.75); } .meter b.m { background: rgb(var(--neg-rgb) / 0.75); }
.contributions td.l { white-space: normal; overflow-wrap: anywhere; }
.contributions tr:last-child td { font-weight: 600; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 0 44px; }
.two > div { min-width: 0; }
.scroll + .none { margin-top: 6px; }
.none { color: var(--faint); font-size: 13.5px; }
.groups + .none { margin-top: 14px; }
.none.span { margin-bottom: 14px; }
.warnings { margin: 0; padding-left: 18px; font-size: 13.5px; color: var(--soft); overflow-wrap: anywhere; }
.warnings li { margin: 3px 0; }
details { margin-top: 40px; border-top: 1px solid var(--line); padding-top: 14px; }
summary { cursor: pointer; font-size: 17px; font-weight: 600; }
pre { margin: 12px 0 0; padding: 14px 16px; background: var(--panel); border-radius: 5px; overflow-x: auto;
  font: 12.5px/1.55 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
footer { margin-top: 32px; padding-top: 14px; border-top: 1px solid var(--line); font-size: 12px; color: var(--faint); }
footer div { display: grid; grid-template-columns: 72px 1fr; }
footer code { font: 11.5px/1.7 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  overflow-wrap: anywhere; }
)css";

const std::string_view tearsheet_print_style = R"css(@media (max-width: 860px) {
  .keys { grid-template-columns: repeat(3, 1fr); row-gap: 22px; }
  .key:nth-child(4) { padding-left: 0; border-left: 0; }
}
@media screen and (max-width: 560px) {
  main { padding: 26px 18px 44px; }
  h1 { font-size: 24px; }
  .period { font-size: 15px; }
  h2 { margin-top: 36px; }
  .keys { grid-template-columns: repeat(2, 1fr); }
  .key:nth-child(odd) { padding-left: 0; border-left: 0; }
  .key:nth-child(even) { padding-left: 16px; border-left: 1px solid var(--line); }
  .plots { margin-right: 46px; }
  .plot.nav { height: 220px; }
  .plot.fall { height: 84px; }
  .plot.small { height: 160px; }
  .y { margin-left: 6px; font-size: 11px; }
  .x:nth-child(even) { display: none; }
  .key dd { font-size: 22px; }
  .key dd.note { font-size: 12.5px; }
  .key dd.long { font-size: 18px; }
  table { font-size: 12.5px; }
  th { font-size: 11.5px; }
  th, td { padding: 5px 4px; }
}
@page { margin: 14mm 12mm; }
@media print {
  body { font-size: 10pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  h1 { font-size: 20pt; }
  h2 { margin: 22px 0 8px; font-size: 12.5pt; }
  h2, h3, thead { break-after: avoid; }
  .chart, .main, .key, .groups > div, .charts > div, tr { break-inside: avoid; }
  .key dd { font-size: 15pt; }
  .key dd.note { font-size: 8pt; }
  .key dd.long { font-size: 12pt; line-height: 20pt; }
  .charts { grid-template-columns: 1fr 1fr; gap: 14px 20px; }
  .groups { grid-template-columns: repeat(3, 1fr); gap: 14px 22px; }
  .groups.beside { grid-template-columns: repeat(2, 1fr); }
  .groups.three { grid-template-columns: 1fr; }
  .plots { margin-right: 46px; }
  .plot.nav { height: 240px; }
  .plot.fall { height: 80px; }
  .plot.small { height: 130px; }
  .scroll { overflow: visible; }
  table { font-size: 8.5pt; }
  th { font-size: 8pt; white-space: normal; }
  th, td { padding: 2.5px 4px; }
  table.months, table.with-other { min-width: 0; font-size: 8pt; }
  .months td, .months th { padding: 2.5px 2px; position: static; }
  .months td:nth-child(14), .months td:nth-child(15) { border-left-width: 3px; }
  .months th:nth-child(n + 14) { width: auto; }
  .cross, .tip { display: none !important; }
  details::details-content { content-visibility: visible; block-size: auto; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; overflow: visible; font-size: 7.5pt; }
}
)css";

}  // namespace backtest
