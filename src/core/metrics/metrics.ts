import { Injectable } from '@nestjs/common';
import type { Counter, Gauge, Registry } from 'prom-client';

/** What a number is called and means (Prometheus, "Metric and label naming"). */
export interface Metric {
  /** A counter's name ends in `_total`. */
  readonly name: string;
  readonly help: string;
  /** A counter rises from 0 at the start of the process; a gauge goes up and down. */
  readonly kind: 'counter' | 'gauge';
}

/** Numbers of a room, which the module that has them adds. */
export interface MetricGroup<Key extends string = string> {
  readonly metrics: Readonly<Record<Key, Metric>>;
  /** Called once for each look at the numbers. */
  readonly read: () => Promise<Readonly<Record<Key, number>>>;
}

/** A number as the library keeps it. */
type Kept = Counter | Gauge;

/** What the process tells of itself in numbers. */
@Injectable()
export class Metrics {
  private readonly groups: MetricGroup[] = [];
  private loaded?: Promise<Loaded>;

  add<Key extends string>(group: MetricGroup<Key>): void {
    this.groups.push(group);
  }

  /** @returns all numbers in the text format of Prometheus, and its media type */
  async read(): Promise<{ type: string; text: string }> {
    const { registry, kept } = await (this.loaded ??= this.load());
    for (const { metrics, read } of this.groups) {
      const values = await read();
      for (const [key, { name }] of Object.entries(metrics)) {
        // A counter of the library can only be added to.
        kept.get(name)?.reset();
        kept.get(name)?.inc(values[key]);
      }
    }
    return { type: registry.contentType, text: await registry.metrics() };
  }

  private async load(): Promise<Loaded> {
    // Loaded for the first look at them: most installations never look.
    const { collectDefaultMetrics, Counter, Gauge, Registry } = await import('prom-client');
    const registry = new Registry();
    collectDefaultMetrics({ register: registry });
    const kept = new Map<string, Kept>();
    for (const { kind, ...named } of this.groups.flatMap(({ metrics }) => Object.values(metrics))) {
      const registers = [registry];
      const Kind = kind === 'counter' ? Counter : Gauge;
      kept.set(named.name, new Kind({ ...named, registers }));
    }
    return { registry, kept };
  }
}

interface Loaded {
  readonly registry: Registry;
  readonly kept: ReadonlyMap<string, Kept>;
}
