/** For how long the requests that no session matched are told of: as long as somebody asks for them. */
export class ListLease {
  private timer: NodeJS.Timeout | undefined;

  /** @param set switches it on or off */
  constructor(private readonly set: (listing: boolean) => void) {}

  /** On, for so many seconds from now on. */
  renew(seconds: number): void {
    clearTimeout(this.timer);
    this.set(seconds > 0);
    this.timer = setTimeout(() => this.set(false), seconds * 1000);
    this.timer.unref();
  }

  /** Nobody asks any more. */
  end(): void {
    clearTimeout(this.timer);
    this.set(false);
  }
}
