import type { Inspect } from "../../docker/engine/engine.js";
import * as label from "../../docker/engine/labels.js";
import { isProduction, speaksOfProduction } from "../schema/production.js";

/** Variables by which apps are told where they run. */
const VARIABLES = new Set([
  "ENVIRONMENT",
  "ENV",
  "APP_ENV",
  "APP_ENVIRONMENT",
  "DEPLOY_ENV",
  "DJANGO_ENV",
  "DJANGO_CONFIGURATION",
  "FLASK_ENV",
  "FASTAPI_ENV",
  "PYTHON_ENV",
  "NODE_ENV",
  "RAILS_ENV",
  "SENTRY_ENVIRONMENT",
]);

/** Variables that name a module of settings, by its name. */
const SETTINGS = new Set([
  "DJANGO_SETTINGS_MODULE",
  "FLASK_CONFIG",
  "APP_SETTINGS",
]);

/** OpenTelemetry's attribute of a resource. */
const DEPLOYMENT =
  /^deployment\.environment(\.name)?=(prod|prd|production|live)$/i;
const NO = /^(false|no|off|0|)$/i;

/**
 * What of a container says that it is production, in words; undefined where
 * nothing does. Its label has the last word: `sidestep.production=false` says
 * that it is not.
 */
export function productionSign({ Config }: Inspect): string | undefined {
  const labelled = Config.Labels?.[label.PRODUCTION];
  if (labelled !== undefined) {
    if (NO.test(labelled.trim())) return undefined;
    return `its label ${label.PRODUCTION}=${labelled}`;
  }
  for (const entry of Config.Env ?? []) {
    const said = whatSaysProduction(entry);
    if (said) return `its environment has ${said}`;
  }
  return undefined;
}

/** The variable, or what of it says so; undefined if nothing does. */
function whatSaysProduction(entry: string): string | undefined {
  const at = entry.indexOf("=");
  const name = entry.slice(0, at).toUpperCase();
  const value = entry.slice(at + 1).trim();
  if (name === "OTEL_RESOURCE_ATTRIBUTES") {
    const said = value.split(",").map((each) => each.trim());
    return said.find((each) => DEPLOYMENT.test(each));
  }
  if (VARIABLES.has(name)) return isProduction(value) ? entry : undefined;
  if (!SETTINGS.has(name)) return undefined;
  // mysite.settings.production, settings_prod, config.ProductionConfig
  return speaksOfProduction(value) ? entry : undefined;
}
