const PRODUCTION = /^(prod|prd|production|live)$/i;

/** Whether a word says that something is production. */
export const isProduction = (word: string): boolean => PRODUCTION.test(word);

/** Whether one of the words of a name or a sentence does: `settings_prod`, `ProductionConfig`. */
export const speaksOfProduction = (text: string): boolean =>
  text
    .replace(/([a-z])([A-Z])/g, "$1.$2")
    .split(/[^A-Za-z]+/)
    .some(isProduction);
