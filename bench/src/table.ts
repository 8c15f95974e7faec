import Table from "cli-table3";
import type { Figure, Result } from "./figures.ts";

/** For people: every figure, then every ratio, then where they were taken. */
export function toTable({ unit, ours, peers, limit, ratios, machine }: Result): string {
  const figures = new Table({
    head: ["", "", "case", `${unit}: median (lowest to highest)`],
    style: { head: [], border: [] },
  });
  for (const [role, contenders] of Object.entries({ ours, peer: peers, limit })) {
    for (const [name, cases] of Object.entries(contenders)) {
      for (const [each, figure] of Object.entries(cases)) figures.push([role, name, each, inWords(figure)]);
    }
  }
  const compared = new Table({ head: ["ours", "against", "case", "ratio"], style: { head: [], border: [] } });
  for (const { ours: own, against, case: name, ratio, p99Ratio } of ratios) {
    const ofP99 = p99Ratio === undefined ? "" : `; of p99 ${p99Ratio.toPrecision(2)}`;
    compared.push([own, against, name, `${p99Ratio === undefined ? ratio.toFixed(2) : ratio.toPrecision(2)}${ofP99}`]);
  }
  const { load, servers, ...rest } = machine;
  const place = `${rest.cores} cores (${rest.processor}), ${rest.memoryGb} GB, load ${load.before.toFixed(1)} before and ${load.after.toFixed(1)} after`;
  const versions = `Node ${rest.node}, NATS ${servers.nats}, Redis ${servers.redis}, PostgreSQL ${servers.postgres}`;
  return `${figures}\n${ratios.length > 0 ? `${compared}\n` : ""}${place}\n${versions}\n`;
}

function inWords({ median, lowest, highest, samples, p99 }: Figure): string {
  const short = (value: number) =>
    (value < 100 ? Number(value.toPrecision(3)) : Math.round(value)).toLocaleString("en");
  const ofCost = p99 === undefined ? "" : `, p99 ${short(p99)}, of ${samples}`;
  return `${short(median)}${ofCost} (${short(lowest)} to ${short(highest)})`;
}
