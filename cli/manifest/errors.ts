import { report, UserError } from "../errors.js";

/** The files have no objects. */
export function nothingPassed(verb: string): UserError {
  return new UserError("NoObjects", `error: no objects passed to ${verb}`, {
    hint: "a folder's files are those that end in .yaml, .yml or .json; -R takes its folders too",
  });
}

/** A file is not YAML. `where`: FILE:LINE. */
export function badYaml(where: string, message: string): UserError {
  return new UserError(
    "BadYaml",
    `error: ${where}: not valid YAML: ${message}`,
  );
}

/** A document is a list or a text. */
export function notAnObject(where: string): UserError {
  return new UserError(
    "NotAnObject",
    `error: ${where}: a document must be an object with apiVersion, kind and spec`,
  );
}

/** An object does not say what it is. */
export function kindMissing(where: string, kinds: string[]): UserError {
  return new UserError(
    "KindMissing",
    `error: ${where}: Object 'Kind' is missing`,
    {
      hint: `there are: ${kinds.join(", ")}`,
    },
  );
}

/** There are no objects of that kind in files. */
export function kindUnknown(
  where: string,
  kind: string,
  near: string | undefined,
  kinds: string[],
): UserError {
  return new UserError(
    "KindUnknown",
    `error: ${where}: no matches for kind "${kind}"${near ? `, did you mean "${near}"?` : ""}`,
    { hint: `files can have: ${kinds.join(", ")}` },
  );
}

/** The object is of another version, or does not say of which. */
export function versionUnknown(
  where: string,
  kind: string,
  version: unknown,
  known: string,
): UserError {
  const said =
    version === undefined
      ? "apiVersion not set"
      : `no matches for kind "${kind}" in version ${JSON.stringify(version)}`;
  return new UserError("VersionUnknown", `error: ${where}: ${said}`, {
    hint: `it must be: apiVersion: ${known}`,
  });
}

/** A field of an object is wrong. */
export function badObject(where: string, message: string): UserError {
  return new UserError("BadObject", `error: ${where}: ${message}`);
}

/** What is applied must be known by its name. */
export function nameNeeded(where: string): UserError {
  return new UserError(
    "NameNeeded",
    `error: ${where}: metadata.name is missing: without it, nobody knows which session is meant`,
    { hint: "sidestep create -f makes a session with a name of its own" },
  );
}

/** Files and the sidecar differ, which needs no words. */
export function differs(): UserError {
  return new UserError("Differs", "", { exitCode: 1 });
}

/** Whatever kept `diff` from an answer: 1 would mean that it has one. */
export function asDiffFailure(error: unknown): UserError {
  return new UserError("DiffFailed", report(error).text.replace(/\n$/, ""), {
    exitCode: 2,
    cause: error,
  });
}

/** The program that compares cannot be run, or failed. */
export function diffFailed(program: string, why: string): UserError {
  return new UserError("DiffFailed", `error: ${program} failed: ${why}`, {
    hint: "install diff (diffutils), or name another program in SIDESTEP_EXTERNAL_DIFF",
  });
}
