// uPlot with this client's colours and words. It is fetched when the first chart is asked for.
import type uPlot from "uplot";
import { short_number } from "./format";

export interface Series {
  label: string;
  values: ArrayLike<number | null>;
  /** 1..10, a colour of app.css. */
  colour: number;
  is_filled?: boolean;
  is_dashed?: boolean;
  /** Marks alone, without a line. */
  is_points?: boolean;
  /** What is drawn, where that is not what is read: a sum of several in a stack. */
  drawn?: ArrayLike<number | null>;
  /** Drawn only: the other half of a stack. */
  is_unread?: boolean;
  /** Filled without the ground shining through, as in a stack. */
  is_solid?: boolean;
}

export interface ChartOptions {
  width_px: number;
  height_px: number;
  is_logarithmic: boolean;
  sync_name: string;
  format: (value: number) => string;
  on_hover: (place: number | null) => void;
  on_range?: (from_s: number, to_s: number) => void;
}

function colour_of(name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

const translucent = (colour: string) => colour.replace("rgb(", "rgba(").replace(")", ", 0.15)");

export async function draw_chart(
  target: HTMLElement, dates_s: number[], series: Series[], options: ChartOptions,
): Promise<uPlot> {
  const [{ default: UPlot }] = await Promise.all([import("uplot"), import("uplot/dist/uPlot.min.css")]);
  const axis: uPlot.Axis = {
    stroke: colour_of("--dim"),
    grid: { stroke: colour_of("--faint"), width: 1 },
    ticks: { stroke: colour_of("--line"), width: 1 },
    font: "12px system-ui, sans-serif",
  };
  return new UPlot(
    {
      width: options.width_px,
      height: options.height_px,
      legend: { show: false },
      cursor: { sync: { key: options.sync_name }, drag: { x: true, y: false } },
      scales: { x: { time: true }, y: { distr: options.is_logarithmic ? 3 : 1 } },
      tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1e3), "Etc/UTC"),
      axes: [axis, { ...axis, size: 64, values: (_, ticks) => ticks.map((tick) => (tick == null ? "" : options.format(tick))) }],
      series: [
        {},
        ...series.map((one): uPlot.Series => {
          const stroke = colour_of(`--series${one.colour}`);
          return {
            label: one.label, stroke, width: one.is_solid ? 0.5 : 1.5, spanGaps: !one.is_points,
            points: one.is_points ? { show: true, size: 7, fill: stroke } : { show: false },
            paths: one.is_points ? () => null : undefined,
            dash: one.is_dashed ? [6, 4] : undefined,
            fill: one.is_solid ? stroke : one.is_filled ? translucent(stroke) : undefined,
          };
        }),
      ],
      hooks: {
        setCursor: [(plot) => options.on_hover(plot.cursor.idx ?? null)],
        setScale: [
          (plot, name) => {
            const { min, max } = plot.scales["x"] ?? {};
            if (name === "x" && min != null && max != null) options.on_range?.(min, max);
          },
        ],
      },
    },
    [dates_s, ...series.map((one) => (one.drawn ?? one.values) as number[])],
    target,
  );
}

export const seconds_of = (date: string) => Date.parse(`${date.slice(0, 10)}T00:00:00Z`) / 1000;
export const date_of = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10);
export const tick_text = (value: number) => short_number(value);
