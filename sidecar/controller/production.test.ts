import { expect, test } from "vitest";
import type { Inspect } from "../../docker/engine/engine.js";
import { productionSign } from "./production.js";

const sign = (Env: string[], Labels: Record<string, string> = {}) =>
  productionSign({ Config: { Env, Labels } } as unknown as Inspect);

test.each([
  "ENVIRONMENT=production",
  "ENV=prod",
  "APP_ENV=PRODUCTION",
  "DJANGO_ENV=prod",
  "FLASK_ENV=production",
  "NODE_ENV=production",
  "SENTRY_ENVIRONMENT=live",
  "DJANGO_SETTINGS_MODULE=mysite.settings.production",
  "DJANGO_SETTINGS_MODULE=mysite.settings_prod",
  "APP_SETTINGS=config.ProductionConfig",
])("%s says production", (entry) => {
  expect(sign(["PATH=/bin", entry])).toBe(`its environment has ${entry}`);
});

test("of OpenTelemetry's attributes only the one that says so is shown", () => {
  const of = (text: string) => sign([`OTEL_RESOURCE_ATTRIBUTES=${text}`]);
  expect(of("key=hush, deployment.environment.name=prod")).toBe(
    "its environment has deployment.environment.name=prod",
  );
  expect(of("service.name=production")).toBeUndefined();
});

test.each([
  "ENVIRONMENT=staging",
  "ENVIRONMENT=preproduction",
  "DJANGO_ENV=",
  "ENV=non-prod",
  "DJANGO_SETTINGS_MODULE=product.settings",
  "DJANGO_SETTINGS_MODULE=shop.settings",
  "PRODUCTION_URL=https://example.com/production",
  "DATABASE_NAME=production",
])("%s does not", (entry) => {
  expect(sign([entry])).toBeUndefined();
});

test("a label has the last word", () => {
  const no = { "sidestep.production": "false" };
  expect(sign(["NODE_ENV=production"], no)).toBeUndefined();
  const yes = { "sidestep.production": "true" };
  expect(sign([], yes)).toBe("its label sidestep.production=true");
});
