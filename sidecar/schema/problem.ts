/** What the API answers when it cannot do what was asked. */
export interface Problem {
  /** CamelCase, for programs: NotFound, AlreadyExists, Invalid, … */
  code: string;
  /** What was wrong. */
  message: string;
  /** What is accepted, and what to do. */
  hint?: string;
}

/** A list of resources, as every list of the API is answered. */
export interface List<T> {
  apiVersion: string;
  kind: string;
  items: T[];
}
