/** A return of a CSV cell in percent with one place, for a narrow table. */
export function minus_percent(text: string | undefined): string {
  if (text === undefined || text === "") return "";
  return (Number(text) * 100).toFixed(1).replace("-", "−");
}
