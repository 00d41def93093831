import type { Metric } from "prom-client";
import { FAMILIES, type Figured } from "./families.js";

/** All figures in Prometheus' text format. */
export interface Exposition {
  contentType: string;
  text: () => Promise<string>;
}

/** Loads prom-client, which nobody needs who does not scrape; the only file that does. */
export async function createExposition(figured: Figured): Promise<Exposition> {
  const { Registry, collectDefaultMetrics } = await import("prom-client");
  const registry = new Registry();
  for (const { name, type, help, samples } of FAMILIES) {
    const metric = {
      name,
      get: async () => ({
        ...{ name, type, help, aggregator: "sum" },
        values: samples(figured),
      }),
    };
    // Its own classes count for themselves; these figures were counted elsewhere.
    registry.registerMetric(metric as unknown as Metric);
  }
  collectDefaultMetrics({ register: registry });
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}
