// /readyz, and /metrics in Prometheus' text form.
import { ApiProblem } from "./problem";
import { send, text } from "./request";

export interface Sample {
  name: string;
  metric: string;
  labels: Record<string, string>;
  value: number;
}

/** "ready", or what keeps the service from it. */
export async function get_readiness(): Promise<string> {
  try {
    await send("/readyz");
    return "ready";
  } catch (reason) {
    if (reason instanceof ApiProblem) {
      const parts = reason.errors.map((error) => `${error.path} ${error.message}`.trim());
      return [reason.message, ...parts].join(". ");
    }
    throw reason;
  }
}

export async function get_samples(): Promise<Sample[]> {
  return (await text("/metrics"))
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .flatMap((line) => {
      const match = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
      if (!match) return [];
      const [, metric = "", label_text = "", value = ""] = match;
      const labels: Record<string, string> = {};
      for (const [, name = "", label = ""] of label_text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) labels[name] = label;
      return [{ name: label_text === "" ? metric : `${metric}{${label_text}}`, metric, labels, value: Number(value) }];
    });
}
