import { failure, ok, warning, type Check } from "./check.js";

/** What the sidecar's image says of the kernel, having tried. */
export interface KernelReport {
  /** Null where the rules load. */
  takeover: { reason: string; message: string } | null;
  closing: "yes" | "not-supported" | "not-permitted";
}

/** Whether the Engine's kernel can do what sessions need. */
export function judgeKernel({ takeover, closing }: KernelReport): Check[] {
  const rules = takeover
    ? failure("kernel", takeover.message, FIXES[takeover.reason] ?? MODULE)
    : ok("kernel", "rules with nft_tproxy load");
  const old =
    closing === "yes"
      ? ok("old-connections", "idle ones can be closed")
      : warning(
          "old-connections",
          closing === "not-supported"
            ? "this kernel closes none that are older than a session (CONFIG_INET_DIAG_DESTROY)"
            : "this host permits to close none that are older than a session",
          "when a session begins, restart the proxy in front of the app, or lower its keep-alive",
        );
  return [rules, old];
}

const MODULE = "on the Engine's host, as root: modprobe nft_tproxy";

const FIXES: Record<string, string> = {
  TakeoverForbidden:
    "let containers of the Engine have NET_ADMIN: see docker info --format '{{.SecurityOptions}}'",
};
