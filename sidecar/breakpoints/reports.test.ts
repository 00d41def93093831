import { expect, test } from "vitest";
import { createReports, type Report } from "./reports.js";

const report = (hits: number): Report => ({
  ...{ type: "breakpoint", id: "shop-b1", state: "Verified" },
  ...{ locations: [], hits },
});

test("the hits of ever new processes stay counted, though they are not all remembered", () => {
  const reports = createReports();
  for (let pid = 1; pid <= 3_000; pid++) {
    reports.take(pid, report(2));
    reports.gone(pid);
  }
  reports.take(1, report(1));
  expect(reports.status("shop-b1")).toMatchObject({
    state: "Verified",
    hits: 6_001,
  });
});
