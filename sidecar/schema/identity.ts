/** Where a sidecar proves that it is the one whose token a client has: `?nonce=`. */
export const IDENTITY_PATH = "/v1/identity";

/**
 * What is signed with the token. It names its purpose, so that no answer to
 * anything else can be passed off as this.
 */
export const identityText = (nonce: string): string =>
  `sidestep identity ${nonce}`;
