/** The name of the parameter of a share link, and of the cookie that it sets. */
export const SHARE_NAME = "sidestep-session";

/** The parameter's value that takes the cookie away again. */
export const SHARE_OFF = "off";

/** A URL of the app with a parameter more; what else is in it stays as it is. */
export function withParameter(url: string, parameter: string): string {
  const hash = url.indexOf("#");
  const end = hash < 0 ? url.length : hash;
  const before = url.slice(0, end);
  const separator = !before.includes("?")
    ? "?"
    : /[?&]$/.test(before)
      ? ""
      : "&";
  return `${before}${separator}${parameter}${url.slice(end)}`;
}
