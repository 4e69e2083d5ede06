#include "report/tearsheet_parts.hpp"

namespace backtest {

const std::string_view tearsheet_style = R"css(
:root { color-scheme: light dark; --page: #ffffff; --ink: #16191d; --soft: #5d6670; --faint: #8a939c; --line: #e4e7ea;
  --panel: #f6f7f8; --nav: #1f4e79; --nav-fill: 31 78 121; --bench: #a0752c; --neg: #a8322a; --pos-rgb: 33 118 92;
  --neg-rgb: 176 52 42; --caution: #fdf5e3; --caution-line: #d9b563; }
@media (prefers-color-scheme: dark) { :root { --page: #111417; --ink: #e6e9ec; --soft: #a2abb3; --faint: #78828b;
  --line: #272d33; --panel: #181c20; --nav: #7fb2e5; --nav-fill: 127 178 229; --bench: #d6aa63; --neg: #ee8479;
  --pos-rgb: 62 160 128; --neg-rgb: 214 84 72; --caution: #2a2415; --caution-line: #7d6431; } }
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
.key p { font-size: 12.5px; color: var(--faint); }
.neg { color: var(--neg); }
.chart h2 { display: flex; align-items: baseline; gap: 18px; flex-wrap: wrap; }
.legend { font-size: 12.5px; font-weight: 400; color: var(--soft); letter-spacing: 0; }
.legend::before { content: ""; display: inline-block; width: 16px; height: 2px; margin-right: 7px; vertical-align: 4px;
  background: var(--nav); }
.legend.bench::before { background: var(--bench); }
.plots { position: relative; margin-right: 56px; touch-action: pan-y; }
.plot { position: relative; border-bottom: 1px solid var(--line); }
.plot.nav { height: 320px; }
.plot.fall { height: 110px; margin-top: 14px; }
.plot svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; }
.plot path, .plot line { vector-effect: non-scaling-stroke; fill: none; }
.grid { stroke: var(--line); stroke-width: 1; }
.line-nav { stroke: var(--nav); stroke-width: 1.6; stroke-linejoin: round; }
.line-bench { stroke: var(--bench); stroke-width: 1.3; stroke-linejoin: round; }
.line-fall { stroke: rgb(var(--neg-rgb)); stroke-width: 1.1; }
.plot path.fill-nav { fill: rgb(var(--nav-fill) / 0.07); }
.plot path.fill-fall { fill: rgb(var(--neg-rgb) / 0.16); }
.y, .x { position: absolute; font-size: 11.5px; font-style: normal; color: var(--faint); white-space: nowrap; }
.y { left: 100%; margin-left: 9px; transform: translateY(-50%); line-height: 1; }
.axis { position: relative; height: 24px; }
.x { top: 6px; line-height: 1.2; padding-left: 5px; }
.x::before { content: ""; position: absolute; left: 0; top: -6px; height: 16px; border-left: 1px solid var(--line); }
.cross { position: absolute; top: 0; bottom: 24px; width: 0; border-left: 1px solid var(--faint); pointer-events: none;
  display: none; }
.tip { position: absolute; top: 4px; padding: 7px 11px; background: var(--page); border: 1px solid var(--line);
  border-radius: 5px; font-size: 12.5px; line-height: 1.45; white-space: pre; pointer-events: none; display: none;
  box-shadow: 0 2px 8px rgb(0 0 0 / 0.1); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; }
th { font-weight: 500; color: var(--soft); font-size: 12.5px; }
th, td { padding: 5px 9px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child, th.l, td.l { text-align: left; }
th:first-child, td:first-child { padding-left: 0; }
tbody tr:last-child td { border-bottom: 0; }
.months { table-layout: fixed; min-width: 780px; }
.months td, .months th { padding: 5px 7px; }
.months td { border: 0; }
.months td:first-child { padding-left: 0; position: sticky; left: 0; background: var(--page); color: var(--soft); }
.months th:first-child { padding-left: 0; position: sticky; left: 0; background: var(--page); }
.months td.p { background: rgb(var(--pos-rgb) / var(--a)); }
.months td.m { background: rgb(var(--neg-rgb) / var(--a)); }
.months td:last-child { font-weight: 600; border-left: 8px solid var(--page); background-clip: padding-box; }
.groups { display: grid; grid-template-columns: repeat(auto-fit, minmax(215px, 1fr)); gap: 28px 32px; }
.groups.five { grid-template-columns: repeat(auto-fit, minmax(280px, 1fr)); }
.groups dl { margin: 0; }
.groups div div { display: flex; justify-content: space-between; gap: 12px; padding: 5px 0;
  border-bottom: 1px solid var(--line); font-size: 13.5px; }
.groups div div:last-child { border-bottom: 0; }
.groups dt { color: var(--soft); }
.groups dd { margin: 0; white-space: nowrap; }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 0 44px; }
.two > div { min-width: 0; }
.scroll + .none { margin-top: 6px; }
.none { color: var(--faint); font-size: 13.5px; }
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
@media (max-width: 860px) {
  .keys { grid-template-columns: repeat(3, 1fr); row-gap: 22px; }
  .key:nth-child(4) { padding-left: 0; border-left: 0; }
}
@media (max-width: 560px) {
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
  .y { margin-left: 6px; font-size: 11px; }
  .x:nth-child(even) { display: none; }
  .key dd { font-size: 22px; }
  .key dd.long { font-size: 18px; }
  table { font-size: 12.5px; }
  th { font-size: 11.5px; }
  th, td { padding: 5px 4px; }
}
@media print { main { max-width: none; padding: 0; } h2, table, .plots { break-inside: avoid; } }
)css";

const std::string_view tearsheet_script = R"js(
const box = document.querySelector(".plots"), data = document.getElementById("series");
if (box && data) {
  const s = JSON.parse(data.textContent), cross = box.querySelector(".cross"), tip = box.querySelector(".tip");
  const money = (v) => v.toLocaleString("en-US", { maximumFractionDigits: Math.abs(v) < 1000 ? 2 : 0 });
  const percent = (v) => (v * 100).toFixed(2).replace("-", "\u2212") + "%";
  const show = (event) => {
    const width = box.clientWidth, at = (event.clientX - box.getBoundingClientRect().left) / width;
    let low = 0, high = s.x.length - 1;
    while (high - low > 1) { const middle = (low + high) >> 1; s.x[middle] < at ? (low = middle) : (high = middle); }
    const i = at - s.x[low] < s.x[high] - at ? low : high;
    let text = s.date[i] + "\nNAV " + money(s.nav[i]) + "\nDrawdown " + percent(s.drawdown[i]);
    if (s.benchmark && s.benchmark[i] !== null) text += "\nBenchmark " + money(s.benchmark[i]);
    tip.textContent = text;
    cross.style.left = s.x[i] * 100 + "%";
    cross.style.display = tip.style.display = "block";
    const left = s.x[i] * width + 12;
    tip.style.left = (left + tip.offsetWidth > width ? left - tip.offsetWidth - 24 : left) + "px";
  };
  const hide = () => { cross.style.display = tip.style.display = "none"; };
  box.addEventListener("pointermove", show);
  box.addEventListener("pointerdown", show);
  box.addEventListener("pointerleave", hide);
}
)js";

}  // namespace backtest
