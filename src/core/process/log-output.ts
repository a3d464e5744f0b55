import { Injectable } from '@nestjs/common';

/** Milliseconds. Lines of this time are one write: each costs a call of the operating system. */
const PAUSE = 20;

/** Standard output for a log of many lines. The lines that wait are written before the process ends. */
@Injectable()
export class LogOutput {
  private waiting = '';
  private readonly flush = (): void => {
    process.off('exit', this.flush);
    process.stdout.write(this.waiting);
    this.waiting = '';
  };

  /** @param urgent it is written at once, with those that wait: what comes next may be the end */
  write(line: string, urgent: boolean): void {
    const isFirst = this.waiting === '';
    this.waiting += line;
    if (urgent) return this.flush();
    if (!isFirst) return;
    process.once('exit', this.flush);
    setTimeout(this.flush, PAUSE).unref();
  }
}
