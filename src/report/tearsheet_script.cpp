#include "report/tearsheet_parts.hpp"

namespace backtest {

// Charts whose readings share an axis move their crosshairs alone: a pointer is over one of them at a time.
const std::string_view tearsheet_script = R"js(
const data = JSON.parse(document.getElementById("readings").textContent);
const sums = (steps) => { let sum = 0; return steps.map((step) => (sum += step)); };
const axes = data.axes.map((axis) => axis.label
  ? { x: axis.label.map((_, i) => (i + 0.5) / axis.label.length), label: (i) => axis.label[i] }
  : ((row, day) => ({ x: row.map((r) => axis.last === 0 ? 0.5 : r / axis.last),
      label: (i) => new Date(day[i] * 864e5).toISOString().slice(0, 10) }))(sums(axis.row), sums(axis.day)));
const decimal = (value, digits) => value.toLocaleString("en-US", { minimumFractionDigits: digits,
  maximumFractionDigits: digits }).replace("-", "\u2212");
const shown = { p: (v) => decimal(v / 100, 2) + "%", b: (v) => decimal(v / 100, 2) + " bp",
  r: (v) => decimal(v / 100, 2), c: (v) => decimal(v, 0),
  n: (v) => decimal(v, 0), m: (v) => decimal(v / 100, 2) };
const element = (box, name) => {
  const made = document.createElement("div");
  made.className = name;
  return box.appendChild(made);
};
for (const box of document.querySelectorAll(".plots")) {
  const chart = data.charts[box.dataset.chart], axis = axes[chart.axis], last = axis.x.length - 1;
  const cross = element(box, "cross"), tip = element(box, "tip");
  let at = -1;
  box.tabIndex = 0;
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", "Chart; arrow keys read its values");
  tip.setAttribute("aria-live", "polite");
  const show = (i) => {
    at = i;
    tip.textContent = [axis.label(i), ...chart.lines.map(([name, unit, values]) =>
      name + "  " + (values[i] === null ? "n/a" : shown[unit](values[i])))].join("\n");
    cross.style.left = axis.x[i] * 100 + "%";
    cross.style.display = tip.style.display = "block";
    const width = box.clientWidth, place = axis.x[i] * width;
    const left = place + 12 + tip.offsetWidth > width ? place - tip.offsetWidth - 12 : place + 12;
    tip.style.left = Math.max(0, Math.min(left, width + 40 - tip.offsetWidth)) + "px";
  };
  const point = (event) => {
    const place = (event.clientX - box.getBoundingClientRect().left) / box.clientWidth;
    let low = 0, high = last;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (axis.x[middle] < place) low = middle; else high = middle;
    }
    show(place - axis.x[low] < axis.x[high] - place ? low : high);
  };
  const hide = () => { at = -1; cross.style.display = tip.style.display = "none"; };
  box.addEventListener("pointermove", point);
  box.addEventListener("pointerdown", point);
  box.addEventListener("pointerleave", hide);
  box.addEventListener("blur", hide);
  box.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20, Home: -Infinity, End: Infinity }[event.key];
    if (event.key === "Escape") hide();
    if (step === undefined) return;
    event.preventDefault();
    show(at < 0 ? (step < 0 ? last : 0) : Math.max(0, Math.min(last, at + step)));
  });
}
// What is folded is printed too.
addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details:not([open])")) {
    folded.open = true;
    addEventListener("afterprint", () => { folded.open = false; }, { once: true });
  }
});
)js";

}  // namespace backtest
