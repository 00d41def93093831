import { createListeners } from "../../listeners.js";
import type { Source } from "../feed.js";

/** An object of a test's list. */
export interface Thing {
  metadata: { name: string };
  text: string;
}

/** A list that a test changes. */
export class Book implements Source<Thing> {
  things: Thing[] = [];
  looks = 0;
  /** Thrown by the next look. */
  failure: Error | undefined;
  #listeners = createListeners();
  following = 0;

  list(): Thing[] {
    this.looks++;
    const { failure } = this;
    this.failure = undefined;
    if (failure) throw failure;
    return [...this.things];
  }
  onChange = (listener: () => void): (() => void) => {
    const leave = this.#listeners.onChange(listener);
    this.following++;
    return () => {
      this.following--;
      leave();
    };
  };
  /** Adds it, or changes it. */
  set(name: string, text = ""): void {
    const others = this.things.filter((each) => each.metadata.name !== name);
    this.things = [...others, { metadata: { name }, text }];
    this.#listeners.notify();
  }
  remove(name: string): void {
    this.things = this.things.filter((each) => each.metadata.name !== name);
    this.#listeners.notify();
  }
}
