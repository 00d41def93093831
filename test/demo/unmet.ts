/** A step of the demo went otherwise than it should. */
export class Unmet extends Error {
  constructor(expected: string, came: string) {
    super(`expected ${expected}\ncame     ${came}`);
  }
}
