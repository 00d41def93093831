import { UserError } from "./errors.js";

/** A type has no such field; `above`: where it was looked for. */
export function unknownField(
  name: string,
  above: string,
  known: string[],
  near: string | undefined,
): UserError {
  const mean = near === undefined ? "" : `did you mean ${near}? `;
  const are =
    known.length > 0
      ? `the fields of ${above} are: ${known.join(", ")}`
      : `${above} has no fields`;
  return new UserError(
    "UnknownField",
    `error: field "${name}" does not exist`,
    { hint: `${mean}${are}` },
  );
}

/** The output format does not exist. */
export function badOutput(format: string, allowed: string[]): UserError {
  return new UserError(
    "BadOutput",
    `error: unable to match a printer suitable for the output format "${format}", allowed formats are: ${allowed.join(",")}`,
  );
}

/** A jsonpath template cannot be read. */
export function badTemplate(template: string, why: string): UserError {
  return new UserError(
    "BadTemplate",
    `error: error parsing jsonpath ${template}, ${why}`,
    { hint: TEMPLATE_HINT },
  );
}

/** A jsonpath template does not fit what it is applied to. */
export function templateFailed(template: string, why: string): UserError {
  return new UserError(
    "TemplateFailed",
    `error: error executing jsonpath "${template}": ${why}`,
    { hint: TEMPLATE_HINT },
  );
}

const TEMPLATE_HINT =
  "the object it is applied to: the same command with -o json";

/** A format that needs a template has none. */
export function noTemplate(format: string, example: string): UserError {
  return new UserError(
    "NoTemplate",
    `error: template format specified but no template given`,
    { hint: `say it behind =, such as -o '${format}=${example}'` },
  );
}

/** The columns of `-o custom-columns` cannot be read. */
export function badColumns(why: string): UserError {
  return new UserError("BadColumns", `error: ${why}`, {
    hint: "such as -o custom-columns=NAME:.metadata.name,PHASE:.status.phase",
  });
}

/** The path of `--sort-by` cannot be read. */
export function badSortPath(path: string, why: string): UserError {
  return new UserError("BadSortPath", `error: ${why}`, {
    hint: `"${path}" should be such as .metadata.name`,
  });
}

/** No object has what it shall be sorted by. */
export function unknownSortField(
  path: string,
  fields: string[],
  near: string | undefined,
): UserError {
  const mean = near === undefined ? "" : `did you mean ${near}? `;
  return new UserError(
    "UnknownSortField",
    `error: couldn't find any field with path "${path}" in the list of objects`,
    { hint: `${mean}there are: ${fields.join(", ")}` },
  );
}

/** The selector of `-l` cannot be read. */
export function badSelector(found: string, expected: string): UserError {
  return new UserError(
    "BadSelector",
    `error: unable to parse requirement: found '${found}', expected: ${expected}`,
    { hint: "such as -l team=red,stage!=prod or -l 'team in (red,blue),!old'" },
  );
}
