/** Does the same work whenever it is asked for: never twice at once, and with a breath between two times. */
export class Repeater {
  private working = false;
  private asked = false;
  private stopped = false;

  /**
   * @param work must not reject
   * @param pause milliseconds between the end of one time and the beginning of the next
   */
  constructor(
    private readonly work: () => Promise<void>,
    private readonly pause: number,
  ) {}

  /** Work begins after now, at once where nothing is under way. */
  ask(): void {
    this.asked = true;
    if (!this.working) void this.workOff();
  }

  stop(): void {
    this.stopped = true;
  }

  private async workOff(): Promise<void> {
    this.working = true;
    while (this.asked && !this.stopped) {
      this.asked = false;
      await this.work();
      await new Promise((resolve) => setTimeout(resolve, this.pause));
    }
    this.working = false;
  }
}
