import { Option } from "commander";
import { badFlag } from "./errors.js";

/** The flag `-l` of what creates: labels to give. */
export function labelsOption(): Option {
  return new Option(
    "-l, --labels <labels>",
    "labels of the session, such as team=red,ticket=123: what get -l selects by",
  );
}

/** Reads the flag `--labels`; which keys and values are good is the sidecar's to say. */
export function readLabels(
  path: string,
  value: string,
): Record<string, string> {
  return Object.fromEntries(
    value.split(",").map((item) => {
      const [, key, label] = /^\s*([^=\s]+)=(.*?)\s*$/s.exec(item) ?? [];
      if (key === undefined || label === undefined) {
        throw badFlag(path, "--labels", value, "must be KEY=VALUE[,KEY=VALUE]");
      }
      return [key, label];
    }),
  );
}
