/** What must be put back, whatever happens: last done, first undone. */
export class Undo {
  private readonly steps: (() => Promise<unknown>)[] = [];
  private running: Promise<void> | undefined;

  /** Remembers a step; to be called before what it undoes is begun. */
  add(step: () => Promise<unknown>): void {
    if (this.running) throw new Error("the run is over: nothing more is begun");
    this.steps.push(step);
  }

  /** Undoes everything, once, whoever asks; a step that fails is told, and the rest goes on. */
  all(): Promise<void> {
    this.running ??= this.run();
    return this.running;
  }

  private async run(): Promise<void> {
    for (let step = this.steps.pop(); step; step = this.steps.pop()) {
      await step().catch((error: Error) =>
        process.stderr.write(`bench: not put back: ${error.message}\n`),
      );
    }
  }
}
